"""RainFARM against pysteps itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sequences import make_sequence
from statistical_world import fitted, sampled, spotty_rain

from downbench import SampleContext, UserError, block_mean
from downbench_methods.statistical import rainfarm
from downbench_methods.statistical.rainfarm import RainFarm, RainFarmConfig, fit_slope

pysteps_rainfarm = pytest.importorskip("pysteps.downscaling.rainfarm", reason="needs the extra 'rainfarm'")


@pytest.mark.parametrize("kernel", [None, "gaussian", "tophat"])
def test_members_are_those_of_pysteps(kernel: str | None, tmp_path: Path) -> None:
    sequence = make_sequence(spotty_rain(3))
    config = RainFarmConfig(slope=1.8, kernel=kernel, threshold=0.1, conserve=False)
    method = fitted(RainFarm(config), [sequence], tmp_path)
    got = sampled(method, sequence, members=2, seed=5)
    context = SampleContext(5, sequence="s", tile=0)
    rain = sequence.coarse["precipitation"].to_numpy()[:, 0]
    for t, time in enumerate(sequence.times.astype("datetime64[s]")):
        for member in range(2):
            np.random.seed(context.seed_for("rainfarm", member, time) % 2**32)  # noqa: NPY002
            expected = pysteps_rainfarm.downscale(rain[t], 8, alpha=1.8, threshold=0.1, kernel_type=kernel)
            np.testing.assert_allclose(got[member, t], np.maximum(expected, 0), rtol=1e-5, atol=1e-6)


def test_the_global_generator_is_left_alone(tmp_path: Path) -> None:
    np.random.seed(1)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    sequence = make_sequence(spotty_rain(2))
    sampled(fitted(RainFarm(), [sequence], tmp_path), sequence, members=2)
    np.testing.assert_array_equal(np.random.random(3), expected)  # noqa: NPY002


def test_the_slope_of_a_known_spectrum_is_found() -> None:
    random = np.random.default_rng(0)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(96), indexing="ij"))
    k[0, 0] = np.inf
    noise = np.fft.fft2(random.standard_normal((8, 128, 96)))
    fine = np.fft.ifft2(noise * k**-1.25).real.astype(np.float32)
    assert fit_slope((make_sequence(fine),)) == pytest.approx(2.5, abs=0.05)
    for value in (0, 3):
        constant = make_sequence(np.full((2, 16, 16), value, np.float32))
        assert fit_slope((constant,)) == rainfarm.FALLBACK


def test_missing_cells_and_oblong_domains(tmp_path: Path) -> None:
    fine = spotty_rain(3, (72, 40))
    fine[:, :20, 16:] = np.nan
    got = sampled(
        fitted(RainFarm(RainFarmConfig(conserve=True)), [make_sequence(spotty_rain(4))], tmp_path),
        make_sequence(fine),
        members=2,
    )
    valid = np.isfinite(block_mean(fine, 8))
    assert np.isfinite(got).all()
    held = block_mean(got, 8)
    np.testing.assert_allclose(
        held[:, valid], np.stack([block_mean(fine, 8)[valid]] * 2), rtol=1e-4, atol=1e-5
    )


def test_without_pysteps_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rainfarm._downscale.cache_clear()
    monkeypatch.setitem(sys.modules, "pysteps.downscaling.rainfarm", None)
    with pytest.raises(UserError, match=r"downbench\[rainfarm\]"):
        fitted(RainFarm(), [make_sequence(spotty_rain(2))], tmp_path)


LIGHT = """
import sys
from downbench.plugins.session import registry
for entry in registry().entries("method"):
    if "statistical" in entry.info.tags:
        entry.load()
assert not {"torch", "pysteps"} & set(sys.modules), set(sys.modules)
"""


def test_statistical_methods_load_neither_torch_nor_pysteps() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True)
