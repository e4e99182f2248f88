"""Strange and damaged files: the right rain, or one message that names the file; never a crash or a hang."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downbench import SPLITS, UserError, build_config
from downbench_datasets.files.rain_files import RainFiles

Rain = dict[str, list[tuple[np.ndarray, np.ndarray]]]


def read_all(path: Path) -> Rain:
    """Every frame of every split, fine and coarse, as a run reads them."""
    dataset = RainFiles(build_config("files", RainFiles.Config, {}, None, {"factor": 4}), path)
    return {
        split: [(s.fine.to_numpy(), s.coarse["precipitation"].to_numpy()) for s in dataset.open(split)]
        for split in SPLITS
    }


def rain_or_message(path: Path) -> tuple[Rain, str | None]:
    try:
        return read_all(path), None
    except UserError as error:
        return {}, str(error)


def whole() -> xr.Dataset:
    rain = np.random.default_rng(1).gamma(0.5, 1, (12, 8, 8)).astype(np.float32)
    attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    return xr.Dataset(
        {"pr": (("time", "lat", "lon"), rain, {"units": "mm h-1"})},
        {
            "time": ("time", np.arange(12), {"units": "hours since 2000-01-01", "calendar": "standard"}),
            "lat": ("lat", 50 - np.arange(8.0), attrs[0]),
            "lon": ("lon", np.arange(8.0), attrs[1]),
        },
    )


ODD = st.sampled_from(
    ["", "1", "mm", "mm/h", "K", "degrees", "rain", "noleap", "360_day", "days since 0000-00-00", "-9999"]
)
ATTRIBUTES = st.sampled_from(
    ["units", "calendar", "standard_name", "missing_value", "scale_factor", "coordinates", "axis", "bounds"]
)
NUMBERS = st.sampled_from([np.nan, np.inf, -np.inf, -9999.0, 9999.0, 1e20, 0.0, -1e-4, 3e38])
CHANGES = st.one_of(
    st.tuples(st.just("attribute"), st.sampled_from(["pr", "time", "lat", "lon"]), ATTRIBUTES, ODD),
    st.tuples(st.just("value"), st.sampled_from(["pr", "time", "lat", "lon"]), st.integers(0, 11), NUMBERS),
    st.tuples(st.just("drop"), st.sampled_from(["time", "lat", "lon", "pr"])),
    st.tuples(
        st.just("rename"),
        st.sampled_from(["pr", "time", "lat", "lon"]),
        st.sampled_from(["z", "t", "y", "a"]),
    ),
    st.tuples(st.just("cut"), st.sampled_from(["time", "lat", "lon"]), st.integers(0, 5)),
    st.tuples(st.just("order"), st.permutations(["time", "lat", "lon"])),
    st.tuples(st.just("end"), st.integers(1, 2**31)),
    st.tuples(st.just("flip"), st.integers(0, 2**31), st.integers(0, 7)),
    st.tuples(st.just("flip in the header"), st.integers(0, 800), st.integers(0, 7)),
)


def change(data: xr.Dataset, step: tuple) -> xr.Dataset:
    match step:
        case "attribute", name, key, value if name in data.variables:
            data[name].attrs[key] = value
        case "value", name, place, value if name in data.variables:
            values = data[name].to_numpy().astype(float)
            if values.size:
                values.reshape(len(values), -1)[place % len(values), -1] = value
            data = data.assign({name: (data[name].dims, values, data[name].attrs)})
        case "drop", name:
            data = data.drop_vars(name, errors="ignore")
        case "rename", name, other if name in data.variables and other not in data.variables:
            data = data.rename({name: other})
        case "cut", dim, size if dim in data.dims:
            data = data.isel({dim: slice(size)})
        case "order", dims if set(dims) <= set(data.dims):
            data = data.transpose(*dims)
    return data


def damage(path: Path, step: tuple) -> None:
    content = bytearray(path.read_bytes())
    match step:
        case "end", place if content:
            del content[place % len(content) :]
        case "flip" | "flip in the header", place, bit if content:
            content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=st.lists(CHANGES, min_size=1, max_size=3))
def test_a_strange_file_is_read_or_refused_in_one_message(tmp_path, steps):
    data = whole()
    for step in steps:
        data = change(data, step)
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.nc"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data.to_netcdf(
                path, engine="scipy"
            )  # NetCDF 3: quick to write, and any byte of it may be damaged
        except Exception:  # not a file that anybody could have written
            return
        for step in steps:
            damage(path, step)
        frames, message = rain_or_message(path)
    assert message is None or (path.stem in message and len(message.splitlines()) <= 3)
    for fine, coarse in (pair for pairs in frames.values() for pair in pairs):
        for rain in (fine, coarse):
            valid = rain[np.isfinite(rain)]
            assert not np.isinf(rain).any()
            assert not valid.size or (valid.min() >= 0 and valid.max() <= 2000)
        means = fine.reshape(*fine.shape[:2], fine.shape[2] // 4, 4, -1, 4)
        kept = coarse[:, -fine.shape[1] :] if coarse.ndim == 3 else coarse[-len(fine) :]
        assert (np.isfinite(kept) == np.isfinite(means).all(axis=(3, 5))).all()
