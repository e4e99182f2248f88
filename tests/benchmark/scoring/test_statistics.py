"""The file of statistics: what comes back, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scoring_metrics import all_metrics
from scoring_world import make_world

from downbench import UserError
from downbench.scoring.engine import Statistics
from downbench.scoring.inference.values import work_out


@pytest.fixture(scope="module")
def statistics():
    return make_world(steps=(9, 5)).score(all_metrics())


def test_everything_comes_back(statistics, tmp_path):
    statistics.save(tmp_path / "statistics.zarr")
    back = Statistics.load(tmp_path / "statistics.zarr")
    assert set(back.arrays) == set(statistics.arrays)
    for name, values in statistics.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], values, err_msg=name)
    assert back.keys == statistics.keys
    assert (back.regions, back.members, back.block) == (
        statistics.regions,
        statistics.members,
        statistics.block,
    )
    np.testing.assert_array_equal(back.layout.times, statistics.layout.times)
    assert work_out(back, all_metrics(), True) == work_out(statistics, all_metrics(), True)


def test_saving_again_replaces(statistics, tmp_path):
    path = tmp_path / "statistics.zarr"
    path.mkdir()
    (path / "rubbish").write_text("x")
    statistics.save(path)
    assert not (path / "rubbish").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["statistics.zarr"]


def test_it_is_zarr_v3_without_pickle(statistics, tmp_path):
    statistics.save(tmp_path / "s.zarr")
    assert json.loads((tmp_path / "s.zarr" / "zarr.json").read_text())["zarr_format"] == 3


@pytest.mark.parametrize("harm", ["chunk", "lost chunk", "header", "lost", "empty", "json", "array"])
def test_damage_is_noticed(statistics, tmp_path, harm):
    path = tmp_path / "s.zarr"
    statistics.save(path)
    chunk = next(p for p in sorted(path.rglob("*")) if p.is_file() and "histogram.truth/c/" in str(p))
    if harm == "chunk":
        data = bytearray(chunk.read_bytes())
        data[len(data) // 2] ^= 0xFF
        chunk.write_bytes(bytes(data))
    elif harm == "lost chunk":
        chunk.unlink()
    elif harm == "header":
        text = (path / "zarr.json").read_text()
        assert '"members": 3' in text
        (path / "zarr.json").write_text(text.replace('"members": 3', '"members": 4'))
    elif harm == "lost":
        path = tmp_path / "nowhere.zarr"
    elif harm == "empty":
        (path / "zarr.json").write_bytes(b"")
    elif harm == "json":
        (path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    else:
        (path / "weight" / "zarr.json").unlink()
    with pytest.raises(UserError, match="statistics cannot be read"):
        Statistics.load(path)
