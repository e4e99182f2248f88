"""Files of a card brought together from an address."""

from __future__ import annotations

import gzip
import zipfile

import pytest

from downbench import UserError
from downbench_datasets.fetching.gather import gather
from downbench_datasets.fetching.where import Where


def test_a_damaged_archive_is_told_and_fetched_again(site, web, tmp_path):
    folder, url = site
    packed = gzip.compress(bytes(range(256)) * 9)
    (folder / "a.grib2.gz").write_bytes(packed[:-9])
    where = Where(url=url, files=("a.grib2.gz",))
    with pytest.raises(UserError, match=r"a\.grib2\.gz is damaged or cut off: .*\n  fetch it again"):
        gather(where, tmp_path / "sources", tmp_path)
    (folder / "a.grib2.gz").write_bytes(packed)
    assert gather(where, tmp_path / "sources", tmp_path).read_bytes() == bytes(range(256)) * 9
    web.asked.clear()
    gather(where, tmp_path / "sources", tmp_path)
    assert web.asked == [], "what is there is not asked for again"


def test_an_archive_from_an_address_stays_in_its_folder(site, tmp_path):
    folder, url = site
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("../../out.nc", "rain")
    with pytest.raises(UserError, match=r"would leave its folder: '\.\./\.\./out\.nc'"):
        gather(Where(url=url, files=("a.zip",)), tmp_path / "sources", tmp_path)
    assert list(tmp_path.rglob("out.nc")) == []


def test_files_of_several_folders_lie_side_by_side(site, tmp_path):
    folder, url = site
    for day in ("01", "02"):
        (folder / day).mkdir()
        (folder / day / f"a_{day}.nc").write_text(day)
        (folder / day / "same.nc").write_text(day)
    names = ("01/a_01.nc", "02/a_02.nc")
    flat = gather(Where(url=url, files=names), tmp_path / "flat", tmp_path)
    assert sorted(path.name for path in flat.iterdir()) == ["a_01.nc", "a_02.nc"]
    same = gather(Where(url=url, files=("01/same.nc", "02/same.nc")), tmp_path / "same", tmp_path)
    assert sorted(path.name for path in same.iterdir()) == ["01_same.nc", "02_same.nc"]
    deep = gather(Where(url=url, files=names), tmp_path / "deep", tmp_path, flat=False)
    assert (deep / "02" / "a_02.nc").read_text() == "02"
