"""``bench data check``, ``stats`` and ``preview``: each fault is seen and told with its place."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
from store_files import rain_file

from downbench import UserError
from downbench_datasets.looking.check import check, worst
from downbench_datasets.looking.checks import CHECKS
from downbench_datasets.looking.coarse_check import check_coarse
from downbench_datasets.looking.findings import Finding, shown
from downbench_datasets.looking.frames import walk
from downbench_datasets.looking.picture import MISSING, encode, indices
from downbench_datasets.looking.preview import preview
from downbench_datasets.looking.report import html_page, text_lines
from downbench_datasets.looking.statistics import describe
from downbench_datasets.looking.target import target_of
from downbench_datasets.shared.statistics import rain_statistics

HOURS = np.datetime64("2020-03-01T01", "ns") + np.arange(40) * np.timedelta64(1, "h")
PLACES = {
    "lat": ("y", np.linspace(60, 50, 16), {"units": "degrees_north"}),
    "lon": ("x", np.arange(24.0), {"units": "degrees_east"}),
}


def test_few_whole_coarse_cells_are_told(tmp_path):
    values = rain()
    values[:, ::4, ::4] = np.nan
    values[:, :4, :4] = 1
    found = findings(rain_file(tmp_path / "a.nc", values=values, **PLACES))["coarse"]
    assert found.verdict == "note"
    assert "1 of 24 coarse cells of 4 x 4 are wholly valid" in found.message


def rain():
    return np.clip(np.random.default_rng(3).normal(size=(40, 16, 24)), 0, None).astype(np.float32)


def findings(path, **settings):
    target = target_of(str(path), None, {"factor": 4, **settings})
    return {finding.check: finding for finding in check(target)}


def test_good_data_have_nothing_to_say_against(tmp_path):
    got = findings(rain_file(tmp_path / "a.nc", values=rain(), **PLACES))
    assert {name: f.verdict for name, f in got.items()} == dict.fromkeys(got, "ok")
    assert set(got) == {f.__name__.removeprefix("check_") for f in CHECKS} | {"splits", "coarse"}
    assert worst(list(got.values())) == "ok"


def planted():
    """A fault each: name of the check, verdict, indices, and a change of rain and times."""

    def gap(values, times):
        return values[np.r_[0:10, 12:40]], times[np.r_[0:10, 12:40]]

    def repeat(values, times):
        values[7] = values[6]
        return values, times

    def hole(values, times):
        values[5, :, :9] = np.nan
        return values, times

    def negative(values, times):
        values[[3, 9], 2, 2] = -1e-5
        return values, times

    def spike(values, times):
        values[11, 4, 6] = 80
        return values, times

    def flood(values, times):
        values[20, 3:9, 3:9] = 700 + np.arange(36).reshape(6, 6)
        return values, times

    def ceiling(values, times):
        values[20, 3:6, 3:6] = 77.5
        return values, times

    return [
        ("ceiling", "note", (20,), ceiling),
        ("gaps", "note", (10,), gap),
        ("duplicates", "wrong", (7,), repeat),
        ("coverage", "note", (5,), hole),
        ("negatives", "note", (3, 9), negative),
        ("spikes", "note", ((11, 0, 4, 6),), spike),
        ("units", "wrong", (20,), flood),
    ]


@pytest.mark.filterwarnings("ignore::downbench.errors.DownbenchWarning")
@pytest.mark.parametrize(("name", "verdict", "places", "change"), planted())
def test_a_fault_is_seen_where_it_is(tmp_path, name, verdict, places, change):
    values, times = change(rain(), HOURS)
    got = findings(rain_file(tmp_path / "a.nc", values=values, times=times, **PLACES))
    assert (got[name].verdict, got[name].indices) == (verdict, places)
    assert got[name].hint
    others = {key for key, finding in got.items() if finding.verdict != "ok"} - {name}
    assert others == set()


def test_frames_that_hold_no_rain_are_named(tmp_path):
    values = rain()
    values[17, 2, 3] = -7
    got = findings(rain_file(tmp_path / "a.nc", values=values, **PLACES))
    assert (got["reading"].verdict, got["reading"].indices) == ("wrong", (17,))


def test_what_cannot_be_read_is_a_finding(tmp_path):
    got = findings(rain_file(tmp_path / "a.nc", values=rain(), units="furlong"))
    assert list(got) == ["reading"]
    assert got["reading"].verdict == "wrong"
    small = findings(rain_file(tmp_path / "b.nc", shape=(16, 23)))
    assert "not a multiple of the factor" in small["dataset"].message


def test_swapped_axes(tmp_path):
    lat = (("y", "x"), np.tile(np.linspace(50, 60, 24), (16, 1)), {"units": "degrees_north"})
    lon = (("y", "x"), np.tile(np.arange(16.0)[:, None], (1, 24)), {"units": "degrees_east"})
    got = findings(rain_file(tmp_path / "a.nc", values=rain(), lat=lat, lon=lon))
    assert got["orientation"].verdict == "wrong"


def test_a_coarse_side_of_its_own(tmp_path):
    target = target_of(str(rain_file(tmp_path / "a.nc", values=rain())), None, {"factor": 4})
    dataset = target.dataset
    assert check_coarse(dataset).verdict == "ok"
    sequences = dataset.open("test")
    noise = np.random.default_rng(1).normal(size=sequences[0].coarse["precipitation"].shape)

    def other(split):
        changed = [s.coarse.map(lambda f: abs(f * 0 + noise)) for s in sequences]
        from dataclasses import replace

        return tuple(replace(s, coarse=c) for s, c in zip(sequences, changed, strict=True))

    dataset.open = other
    assert check_coarse(dataset).verdict == "wrong"


def test_statistics_are_those_of_the_record(tmp_path):
    path = rain_file(tmp_path / "a.nc", values=rain())
    got = describe(target_of(str(path), None, {"factor": 4}))
    assert (got["shape"], got["step_h"], got["frames_read"]) == ([40, 16, 24], 1.0, 40)
    expected = rain_statistics(rain()[:, None], 4)
    assert {key: got[key] for key in expected} == pytest.approx(expected, nan_ok=True)


def test_how_much_is_below_zero_is_counted_with_what_helps(tmp_path):
    values = rain()
    values[3, 1, 2], values[3, 4, 5], values[9, 0, 0] = -0.02, -0.3, -0.04
    found = findings(rain_file(tmp_path / "a.nc", values=values, **PLACES))
    assert "3 values in 2 frames are below zero, down to -0.3" in found["negatives"].message
    assert "-0.3 mm/h at 2020-03-01T04:00:00, y = 4, x = 5" in found["reading"].message
    assert "--set files.negative=-0.4 makes it zero" in found["reading"].hint


def test_a_page_escapes_what_it_shows():
    finding = Finding("units", "wrong", "<script>", (1, 2), "a & b")
    page = html_page("<name>", [finding])
    assert "<script>" not in page
    assert "&lt;name&gt;" in page
    assert text_lines([finding])[1].strip() == "at 1, 2"
    assert shown(list(range(20))).endswith("7, ... (20)")
    assert json.dumps(finding.as_json())


def decode(png):
    """Frames of a PNG of palette indices, by the format's specification."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    position, frames, size = 8, [], (0, 0)
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        data = png[position + 8 : position + 8 + length]
        assert struct.unpack(">I", png[position + 8 + length : position + 12 + length])[0] == zlib.crc32(
            kind + data
        )
        if kind == b"IHDR":
            size = struct.unpack(">II", data[:8])
        if kind in (b"IDAT", b"fdAT"):
            raw = zlib.decompress(data[4 if kind == b"fdAT" else 0 :])
            frames.append(np.frombuffer(raw, np.uint8).reshape(size[1], size[0] + 1)[:, 1:])
        position += 12 + length
    return frames


def test_a_picture_holds_what_was_drawn(tmp_path):
    values = rain()
    values[31] *= 9
    values[31, 0, 0] = np.nan
    path = rain_file(tmp_path / "a.nc", values=values)
    drawn = preview(target_of(str(path), None, {}), tmp_path / "a.png")
    assert drawn["first"] == 31, "the wettest"
    (frame,) = decode((tmp_path / "a.png").read_bytes())
    np.testing.assert_array_equal(frame, indices(values[31], float(np.nanmax(values[31]))))
    assert frame[0, 0] == 255
    assert len(MISSING) == 3
    preview(target_of(str(path), None, {}), tmp_path / "b.png", frame=2, frames=3)
    assert len(decode((tmp_path / "b.png").read_bytes())) == 3
    with pytest.raises(UserError, match="there is no frame 99"):
        preview(target_of(str(path), None, {}), tmp_path / "c.png", frame=99)
    assert decode(encode([np.zeros((2, 3), np.uint8)]))[0].shape == (2, 3)


def test_a_walk_reads_all_frames(tmp_path):
    record = target_of(str(rain_file(tmp_path / "a.nc", values=rain())), None, {}).record
    np.testing.assert_allclose(walk(record.rain).mean, rain().mean((1, 2)), rtol=1e-5)
