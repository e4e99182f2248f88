"""Where a card says that its data are: names filled with times, and files that are here already."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from downbench import UserError
from downbench_datasets.fetching.cut import Cut, cut_of, within
from downbench_datasets.fetching.gather import gather
from downbench_datasets.fetching.where import Times, Where


def times(first, last, every):
    return Times.model_validate({"from": first, "to": last, "every": every})


def test_names_are_filled_with_times():
    where = Where(
        url="https://x",
        files="{time:%Y/%m}/a_{time:%Y%m%d}-{end:%Y%m%d}.nc",
        times=times("2020-01-01", "2020-02-01", "1MS"),
    )
    assert where.names() == ["2020/01/a_20200101-20200131.nc", "2020/02/a_20200201-20200229.nc"]
    assert Where(path="a.nc").names() == [""]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"path": "a", "url": "https://x"}, "either path or url"),
        ({"path": "a_{member}.nc"}, r"and not \{member\}"),
        ({"path": "a", "files": ["a_{time:%Y}.nc"]}, "needs times with from, to and every"),
    ],
)
def test_what_cannot_be_meant(content, message):
    with pytest.raises(ValidationError, match=message):
        Where.model_validate(content)


def test_times_that_cannot_be_meant():
    with pytest.raises(UserError, match="'soon' is no step"):
        times("2020-01-01", "2020-01-02", "soon").all()
    with pytest.raises(UserError, match="lies before"):
        times("2020-01-02", "2020-01-01", "1h").all()
    with pytest.raises(UserError, match="more than 200,000 files"):
        times("1900-01-01", "2020-01-01", "1min").all()


def test_local_files_of_a_pattern_and_of_a_list(tmp_path):
    for name in ("sub/a_1.nc", "sub/a_2.nc", "b.nc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    links = gather(Where(path="sub/a_*.nc"), tmp_path / "links", tmp_path)
    assert sorted(path.name for path in links.iterdir()) == ["a_1.nc", "a_2.nc"]
    (tmp_path / "sub" / "a_2.nc").unlink()
    gather(Where(path="sub/a_*.nc"), tmp_path / "links", tmp_path)
    assert [path.name for path in (tmp_path / "links").iterdir()] == ["a_1.nc"], "what is gone is left out"
    (tmp_path / "sub" / "a_2.nc").write_text("back")
    assert gather(Where(path="b.nc"), tmp_path / "none", tmp_path) == tmp_path / "b.nc"
    listed = Where(url="https://x/y", files=("z/a_1.nc", "b.nc"))
    folder = gather(listed, tmp_path / "listed", tmp_path, source=tmp_path)
    assert (folder / "b.nc").read_text() == "b.nc"
    with pytest.raises(UserError, match=r"lacks 2 of 3 files of the card: q\.nc, r\.nc"):
        gather(
            Where(url="https://x", files=("q.nc", "r.nc", "b.nc")), tmp_path / "l", tmp_path, source=tmp_path
        )
    with pytest.raises(UserError, match="nothing matches"):
        gather(Where(path="*.grib"), tmp_path / "l", tmp_path)
    with pytest.raises(UserError, match="does not say where its data are"):
        gather(Where(), tmp_path / "l", tmp_path)


def test_longitudes_by_whole_turns():
    lon = np.array([0.0, 90, 180, 270, 350])
    assert within(lon, -20, 100, True).tolist() == [True, True, False, False, True]
    assert within(lon, -180, 180, True).all()
    assert within(lon, 170, 200, False).tolist() == [False, False, True, False, False]


def test_a_cut_over_the_seam_stays_in_order():
    data = xr.Dataset(
        {"pr": (("lat", "lon"), np.arange(8.0).reshape(2, 4))},
        {
            "lat": ("lat", [10.0, 20], {"units": "degrees_north"}),
            "lon": ("lon", [0.0, 90, 180, 270], {"units": "degrees_east"}),
        },
    )
    inside = cut_of(data, Cut(box=(-100, 15, 10, 25)), "here")
    assert inside["lon"].to_numpy().tolist() == [270, 0]
    assert inside["pr"].to_numpy().tolist() == [[7, 4]]
    with pytest.raises(UserError, match="here has no cell in the box"):
        cut_of(data, Cut(box=(0, 50, 10, 60)), "here")
