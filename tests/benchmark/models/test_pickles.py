"""Pickles are found by what they hold, whatever their name; other files are none."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from downbench.models.pickles import is_pickle, pickles_in


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_of_any_protocol_is_found_by_its_content(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "state.bin"
    file.write_bytes(pickle.dumps({"scale": [1.5, "x"]}, protocol))
    assert is_pickle(file)
    file.write_bytes(gzip.compress(pickle.dumps({"scale": 1}, max(protocol, 2))))
    assert is_pickle(file)


def test_arrays_of_objects_and_torch_s_own_files_are_pickles(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    np.save(tmp_path / "a.npy", np.array([{"x": 1}], dtype=object))
    np.savez(tmp_path / "b.npz", scale=np.array([{"x": 1}], dtype=object))
    torch.save({"x": torch.zeros(2)}, tmp_path / "c.bin")
    assert len(pickles_in(tmp_path)) == 3


def test_plain_files_are_none(tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("0.5,1.5\n" * 9)
    (tmp_path / "config.json").write_text(json.dumps({"a.b": [1, 2]}))
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "dot.txt").write_text(".")
    np.save(tmp_path / "a.npy", np.arange(9.0))
    np.savez_compressed(tmp_path / "b.npz", x=np.arange(9))
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"plain text"))
    assert pickles_in(tmp_path) == []
