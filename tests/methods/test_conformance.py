"""What every registered method must do, third-party ones too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from folders import HELPERS, TOY
from sequences import make_sequence, topography

from downbench import FieldSequence, FitContext, Method, SampleContext, block_mean, build_config
from downbench.plugins.registry import Registration, Registry

MEMBERS = 3
# A hardly trained method may have too much or too little rain, by up to this factor: whatever has the right
# mass within it has a wrong one once it is 24 times off, since the square of 4 is less than 24.
MASS = 4.0
SKIPPED = {"killed": "kills its process on purpose", "broken": "breaks the contract on purpose"}
ENTRIES = [e for e in Registry(files=(TOY,)).entries("method") if e.info.name not in SKIPPED]


def moving_rain(
    frames: int, seed: int, holes: bool = False, size: tuple[int, int] = (48, 64)
) -> FieldSequence:
    """One tile of moving rain with a second predictor, relief and, when asked for, missing cells."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    centres = random.random((6, 2)) * size
    rain = np.zeros((frames, *size))
    for t in range(frames):
        for y, x in centres:
            rain[t] += 8 * np.exp(-((rows - y) ** 2 + (columns - (x + 2 * t) % size[1]) ** 2) / 30)
    rain = np.where(rain > 0.5, rain * random.gamma(4, 0.25, rain.shape), 0).astype(np.float32)
    if holes:
        rain[:, 3, 5] = np.nan
        rain[frames // 2, :, 40:] = np.nan
    relief = topography(random.random((1, *size)).astype(np.float32) * 1000)
    wind = np.full((frames, size[0] // 8, size[1] // 8), 5, np.float32)
    return make_sequence(
        rain, relief, start="2021-06-01", hours=3, tiles=[4], name=f"seed-{seed}", UGRD10m=wind
    )


@pytest.fixture(scope="module", params=ENTRIES, ids=lambda entry: entry.info.name)
def fitted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Registration, Method, Path]:
    """A fitted method, saved."""
    entry: Registration = request.param
    method_class = entry.load()
    folder = tmp_path_factory.mktemp("model")
    config = build_config(entry.info.name, method_class.Config, method_class.presets, "smoke", {})
    method = method_class(config)
    (folder / "checkpoints").mkdir()
    context = FitContext(seed=1, directory=folder / "checkpoints")
    method.fit((moving_rain(24, 0),), (moving_rain(8, 1),), context)
    (folder / "model").mkdir()
    method.save(folder / "model")
    return entry, method, folder / "model"


def sample(
    method: Method, sequence: FieldSequence, context: SampleContext, members: int = MEMBERS
) -> xr.DataArray:
    coarse = sequence.coarse.isel(tile=0, drop=True)
    parts = list(method.sample(coarse, sequence.static.isel(tile=0), members, context))
    whole = xr.concat(parts, "time").transpose("member", "time", "y", "x")
    return whole.sel(time=whole["time"] >= coarse["time"][context.start])


CONTEXT = SampleContext(seed=7, sequence="x", tile=4)


def wanted(entry: Registration) -> int:
    return MEMBERS if entry.info.probabilistic else 1  # type: ignore[attr-defined]


def test_dims_coordinates_and_finite_values(fitted: tuple[Registration, Method, Path]) -> None:
    entry, method, _ = fitted
    sequence = moving_rain(7, 2)
    got = sample(method, sequence, CONTEXT, wanted(entry))
    assert dict(got.sizes) == {"member": wanted(entry), "time": 7, "y": 48, "x": 64}
    np.testing.assert_array_equal(got["time"], sequence.times)
    assert np.isfinite(got).all()


def has_the_mass(mean: float, true: float) -> bool:
    return true / MASS < mean < true * MASS


def test_units_are_those_of_the_input(fitted: tuple[Registration, Method, Path]) -> None:
    """Mean rain is the truth's within a factor, which mm/day (24) and kg m-2 s-1 (3,600) for mm/h break."""
    entry, method, _ = fitted
    sequence = moving_rain(7, 0)
    mean = float(np.maximum(sample(method, sequence, CONTEXT, wanted(entry)), 0).mean())
    true = float(sequence.fine.mean())
    assert has_the_mass(mean, true)
    for wrong in (24, 3600):
        assert not has_the_mass(mean * wrong, true)
        assert not has_the_mass(mean / wrong, true)


def test_mass_is_conserved_where_a_method_says_so(fitted: tuple[Registration, Method, Path]) -> None:
    """What declares mass conservation among what finishes its samples gives the coarse rain back."""
    entry, method, _ = fitted
    if "conserve" not in method.finishing(method.config):
        assert "conserve" not in method.config.model_dump() or not method.config.model_dump()["conserve"]
        pytest.skip("its samples are not scaled to the coarse rain")
    sequence = moving_rain(5, 8)
    got = sample(method, sequence, CONTEXT, wanted(entry)).to_numpy()
    coarse = sequence.coarse["precipitation"].to_numpy()[:, 0]
    np.testing.assert_allclose(
        block_mean(got, 8), np.broadcast_to(coarse, (len(got), *coarse.shape)), rtol=1e-3, atol=1e-4
    )


def test_seeds(fitted: tuple[Registration, Method, Path]) -> None:
    entry, method, _ = fitted
    sequence = moving_rain(4, 3)
    first = sample(method, sequence, CONTEXT, wanted(entry))
    xr.testing.assert_identical(first, sample(method, sequence, CONTEXT, wanted(entry)))
    other = sample(method, sequence, replace(CONTEXT, seed=8), wanted(entry))
    assert first.equals(other) is not entry.info.probabilistic  # type: ignore[attr-defined]
    if entry.info.probabilistic:  # type: ignore[attr-defined]
        assert not first.isel(member=0).equals(first.isel(member=1))
        fewer = sample(method, sequence, CONTEXT, 2)
        np.testing.assert_allclose(fewer, first[:2], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("start", [1, 4, 6])
def test_any_start_gives_the_same_frames(fitted: tuple[Registration, Method, Path], start: int) -> None:
    entry, method, _ = fitted
    sequence = moving_rain(7, 4)
    whole = sample(method, sequence, CONTEXT, wanted(entry))
    part = sample(method, sequence, replace(CONTEXT, start=start), wanted(entry))
    np.testing.assert_allclose(part, whole[:, start:], rtol=1e-4, atol=1e-4)
    if "time" in method.cuts(method.config, entry.info.cuts):  # type: ignore[attr-defined]
        np.testing.assert_array_equal(part, whole[:, start:])


def test_missing_and_dry_input(fitted: tuple[Registration, Method, Path]) -> None:
    entry, method, _ = fitted
    sequence = moving_rain(6, 5, holes=True)
    got = sample(method, sequence, CONTEXT, wanted(entry))
    valid = np.isfinite(sequence.coarse["precipitation"].to_numpy()[:, 0]).repeat(8, 1).repeat(8, 2)
    assert np.isfinite(got.to_numpy()[:, valid]).all()
    dry = replace(sequence, coarse=sequence.coarse.fillna(0) * 0)
    assert np.isfinite(sample(method, dry, CONTEXT, wanted(entry))).all()


def test_any_size(fitted: tuple[Registration, Method, Path]) -> None:
    entry, method, _ = fitted
    got = sample(method, moving_rain(3, 6, size=(72, 40)), CONTEXT, wanted(entry))
    assert got.shape == (wanted(entry), 3, 72, 40)
    assert np.isfinite(got).all()


RESTORE = """
import sys, numpy as np
from pathlib import Path
sys.path[:0] = sys.argv[1].split("|")
import test_conformance as t
for line in sys.stdin:
    name, folder, out = line.rstrip("\\n").split("|")
    entry = next(e for e in t.ENTRIES if e.info.name == name)
    method = entry.load().load(Path(folder))
    np.save(out, t.sample(method, t.moving_rain(4, 3), t.CONTEXT, t.wanted(entry)).to_numpy())
    print("restored", flush=True)
"""


@pytest.fixture(scope="session")
def fresh_process() -> Iterator[Callable[[str, Path, Path], None]]:
    """Restores and samples in a process that has fitted nothing; one for all methods, imports being slow."""
    path = f"{Path(__file__).parent}|{TOY.parent}|{HELPERS}"
    command = [sys.executable, "-c", RESTORE, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def restore(name: str, folder: Path, out: Path) -> None:
            print(name, folder, out, sep="|", file=process.stdin, flush=True)
            assert process.stdout is not None
            assert process.stdout.readline() == "restored\n", "its error stands in the captured output"

        yield restore
        process.stdin.close()


def test_a_fresh_process_restores_it(
    fitted: tuple[Registration, Method, Path],
    fresh_process: Callable[[str, Path, Path], None],
    tmp_path: Path,
) -> None:
    entry, method, folder = fitted
    files = [file.suffix for file in folder.rglob("*") if file.is_file()]
    assert not set(files) & {".pkl", ".pickle", ".pt", ".pth"}
    fresh_process(entry.info.name, folder, tmp_path / "restored.npy")
    expected = sample(method, moving_rain(4, 3), CONTEXT, wanted(entry))
    np.testing.assert_allclose(np.load(tmp_path / "restored.npy"), expected, rtol=1e-5, atol=1e-5)


def test_it_needs_no_more_than_it_was_given(fitted: tuple[Registration, Method, Path]) -> None:
    entry, method, folder = fitted
    given = {"precipitation", "UGRD10m", "topography"}
    for one in (method, entry.load().load(folder)):
        assert one.inputs() is None or "precipitation" in one.inputs()
        assert set(one.inputs() or ()) <= given
