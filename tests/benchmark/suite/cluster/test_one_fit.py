"""A worker has room for one fit, unless it was started with another number."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from downbench.suite.cluster.one_fit import FIT, OneFit


@pytest.mark.parametrize(("before", "after"), [({}, 1), ({"GPU": 2}, 1), ({FIT: 0}, 0), ({FIT: 3}, 3)])
def test_room_for_one_fit_unless_the_user_said_otherwise(before: dict[str, int], after: int) -> None:
    resources = dict(before)

    async def set_resources(**more: int) -> None:
        resources.update(more)

    worker = SimpleNamespace(state=SimpleNamespace(total_resources=resources), set_resources=set_resources)
    asyncio.run(OneFit().setup(worker))
    assert resources == {**before, FIT: after}
