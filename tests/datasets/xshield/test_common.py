"""Configuration of ``xshield``."""

from __future__ import annotations

import pytest

from downbench import UserError, build_config
from downbench_datasets.xshield.common import XShieldConfig


@pytest.mark.parametrize(
    ("change", "message"),
    [({"size": 100}, "multiple of 8"), ({"size": 8}, "16"), ({"size": 392}, "384"), ({"days": 1}, "2")],
)
def test_impossible_sizes_are_refused_by_name(change, message):
    with pytest.raises(UserError, match=message) as caught:
        build_config("xshield", XShieldConfig, {}, None, change)
    assert next(iter(change)) in str(caught.value)


def test_a_whole_number_of_blocks_is_fine():
    assert build_config("xshield", XShieldConfig, {}, None, {"size": 24}).size == 24
