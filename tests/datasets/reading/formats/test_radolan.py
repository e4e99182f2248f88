"""RADOLAN composites: values, flags, place and damage."""

from __future__ import annotations

import numpy as np
import pytest
from radar_files import radolan

from downbench import UserError
from downbench_datasets.reading.formats.radolan import open_radolan
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig


def field():
    """Tenths of a millimetre; stored from the south."""
    words = np.zeros((900, 900), np.uint16)
    words[10, 20] = 37
    words[11, 20] = 37 | 0x1000  # from interpolated gauges: a value all the same
    words[12, 20] = 2500 | 0x2000
    words[13, 20] = 2490
    return words


@pytest.mark.parametrize("pack", [True, False])
def test_values_and_flags(tmp_path, pack):
    name = "raa01-rw_10000-1408030950-dwd---bin" + ".gz" * pack
    record = open_record(radolan(tmp_path / name, field(), pack=pack))
    rain = record.rain[0, 0].to_numpy()[::-1]  # from the south again
    np.testing.assert_allclose(rain[10:12, 20], 3.7, rtol=1e-6)
    assert np.isnan(rain[12:14, 20]).all()
    assert float(np.nansum(rain)) == pytest.approx(7.4)
    assert str(record.rain["time"].to_numpy()[0]) == "2014-08-03T09:50:00"
    assert str(record.bounds[0, 0]) == "2014-08-03T08:50:00"


def test_the_place(tmp_path):
    """The cell with the corner at 9 E, 51 N is column 450, row 450 from the south (RADOLAN's description)."""
    pytest.importorskip("rasterio")
    record = open_record(radolan(tmp_path / "raa01-rw_x-dwd", field(), pack=False))
    lat, lon = (record.static[name][0].to_numpy()[::-1] for name in ("lat", "lon"))
    corner = lat[449:451, 449:451].mean(), lon[449:451, 449:451].mean()
    assert corner == pytest.approx((51, 9), abs=1e-3)


def test_files_that_are_cut_off(tmp_path):
    path = radolan(tmp_path / "raa01-rw_x-dwd", field(), pack=False)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError, match="is cut off"):
        open_radolan(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError, match="its header cannot be read"):
        open_radolan(path)


def test_reflectivity_in_bytes(tmp_path):
    """RX: halves of dBZ from -32.5 on; a byte of 0 is no echo, 249 clutter and 250 no data."""
    codes = np.full((900, 900), 125, np.uint8)  # 30 dBZ
    codes[0, :3] = 0, 249, 250
    text = "RX030950100000814BY 810070VS 3SW   2.13.1PR E+00INT   5GP 900x 900MS  "
    size = len(text) + 1 + codes.size
    path = tmp_path / "raa01-rx_10000-1408030950-dwd---bin"
    path.write_bytes(text.replace(" 810070", f"{size:7d}").encode() + b"\x03" + codes.tobytes())
    rain = open_record(path, ReadingConfig(zr=(200, 1.6)), static=False).rain[0, 0].to_numpy()
    np.testing.assert_allclose(rain[0], (10**3 / 200) ** (1 / 1.6), rtol=1e-5)
    assert rain[-1, 0] == 0, "the first byte is that of the south-western corner"
    assert np.isnan(rain[-1, 1:3]).all()
    with pytest.raises(UserError, match="dBZ"):
        open_record(path, static=False)


def test_real_composites(shared_data):
    """Two hours of 2014: sums as the words of the files give them, worked out here without the reader."""
    import gzip

    folder = shared_data / "raw" / "radolan"
    record = open_record(folder, static=False)
    assert [str(t) for t in record.rain["time"].to_numpy()] == ["2014-08-03T09:50:00", "2014-08-10T20:50:00"]
    for path, rain in zip(sorted(folder.iterdir()), record.rain.to_numpy()[:, 0], strict=True):
        words = np.frombuffer(gzip.decompress(path.read_bytes())[-2 * 810_000 :], "<u2")
        valid = words & 0x2000 == 0
        assert np.isfinite(rain).sum() == valid.sum()
        assert np.nansum(rain, dtype=float) == pytest.approx(0.1 * (words[valid] & 0x0FFF).sum(), rel=1e-6)
