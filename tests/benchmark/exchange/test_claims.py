"""What a few bytes claim to be is added up, and nothing of it is opened."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import zarr

from downbench.exchange.claims import claimed_bytes

HEADER = {"downbench": {"sizes": {"mse": 10}, "empty": {"none": [0, 3]}}}


def array(shape, chunks=None) -> bytes:
    grid = {"name": "regular", "configuration": {"chunk_shape": chunks or shape}}
    return json.dumps({"node_type": "array", "shape": shape, "chunk_grid": grid}).encode()


def test_real_files_claim_what_they_hold(tmp_path):
    """Against zarr and pandas: an array of 3 x 4 in one chunk, a table of 5 rows and 2 columns."""
    zarr.save_array(tmp_path / "a.zarr", np.ones((3, 4)), zarr_format=3)
    table = io.BytesIO()
    pd.DataFrame({"a": range(5), "b": range(5)}).to_parquet(table, index=False)
    node = (tmp_path / "a.zarr" / "zarr.json").read_bytes()
    chunk = int(np.prod(json.loads(node)["chunk_grid"]["configuration"]["chunk_shape"]))
    assert claimed_bytes({"a.zarr/zarr.json": node, "b.parquet": table.getvalue()}) == 8 * (12 + chunk + 10)


def test_missing_chunks_large_chunks_and_filled_up_arrays_count():
    assert claimed_bytes({"x/zarr.json": array([10**5, 10**6], [1, 1])}) == 8 * (10**11 + 1)
    assert claimed_bytes({"x/zarr.json": array([1, 1], [10**5, 10**6])}) == 8 * (10**11 + 1)
    root = json.dumps({"node_type": "group", "attributes": HEADER}).encode()
    assert claimed_bytes({"s/zarr.json": root, "s/mse/zarr.json": array([7, 1])}) == 8 * (7 * 10 + 7 + 7)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x/zarr.json", b"{"),
        ("x/zarr.json", b"[" * 100_000),
        ("x/zarr.json", b"[]"),
        ("x/zarr.json", b"{}"),
        ("x/zarr.json", array([-1])),
        ("x/zarr.json", array([1.5])),
        ("x/zarr.json", json.dumps({"node_type": "group", "attributes": HEADER}).encode()),
        ("x.parquet", b"PAR1 and nothing PAR1"),
        ("x.parquet", b""),
    ],
)
def test_what_cannot_be_read_is_named(name, data):
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        claimed_bytes({name: data})
