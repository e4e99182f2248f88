"""What somebody chose of a dataset's parameters."""

import pytest

from downbench.errors import UserError
from downbench.plugins.defaults import without_defaults


def test_what_is_as_everybody_has_it_is_left_out():
    all_of_it = {"days": 1000, "size": 64, "seed": 0}
    assert without_defaults("xshield", all_of_it) == {}
    assert without_defaults("xshield", all_of_it | {"days": 100}) == {"days": 100}


def test_of_data_that_nobody_knows_nothing_can_be_said():
    with pytest.raises(UserError, match="nobodys"):
        without_defaults("nobodys", {"days": 100})
