"""Frames are read when they are asked for; damage is named."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.formats.netcdf_file import opened


def test_nothing_is_read_before():
    calls = []

    def read():
        calls.append(1)
        return np.ones((3, 4), np.float32)

    frame = lazy_frame(read, (3, 4), "a.bin")
    assert frame.shape == (1, 3, 4)
    assert not calls
    assert float(frame.sum().compute()) == 12
    assert calls == [1]


def test_damage_is_named_with_the_file():
    def read():
        raise RuntimeError("bad checksum\nin block 7")

    with pytest.raises(UserError, match=r"a.bin, cannot be read: bad checksum\n"):
        lazy_frame(read, (3, 4), "a.bin").compute()


def test_a_file_opened_raw(tmp_path):
    """Packed values stay as they are stored."""
    import netCDF4

    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("x", 2)
        variable = file.createVariable("v", "i2", "x", fill_value=-1)
        variable.scale_factor = 0.5
        variable.set_auto_maskandscale(False)
        variable[:] = [4, -1]
    with opened(tmp_path / "a.nc") as file:
        assert file["v"][...].tolist() == [4, -1]
