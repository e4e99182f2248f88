"""Run directories as the runner leaves them, made up: several methods, nulls, failures and hostile names."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

HOSTILE = '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=1">\'"&{{7*7}}'
METRICS = {
    "crps": ("Fair CRPS", "mm/h", "lower", "", ("",)),
    "mse": ("MSE of the ensemble mean", "(mm/h)2", "lower", "", ("",)),
    "emd": ("Earth mover's distance", "mm/h", "lower", "", ("",)),
    "psd": ("Distance of spectra", "dB", "lower", "", ("",)),
    "quantiles": (
        "Error of extreme quantiles",
        "mm/h",
        "lower",
        "p99.99",
        tuple(f"p{q}{s}" for q in ("99", "99.9", "99.99", "99.999") for s in ("", " signed")),
    ),
    "sae": ("Spectral amplitude error", "1", "lower", "", ("",)),
    "lag1": ("Error of lag-1 autocorrelation", "1", "zero", "", ("",)),
}
METHODS = {  # name: title, crps, spectral slope, seconds a day and member, parameters
    "nearest": ("Nearest neighbour", 0.0671, 4.2, 0.002, 0),
    "bicubic": ("Bicubic interpolation", 0.0628, 4.0, 0.003, 0),
    "quantile-mapping": ("Quantile mapping of the bicubic field", 0.0613, 3.3, 0.006, 2000),
    "mean-noise": ("Deterministic network with unstructured noise", 0.0478, 1.1, 0.4, 210_000),
    "ofdiff": ("Optical-flow conditioned residual diffusion", 0.0412, 2.1, 9.3, 640_000),
    "ofdiff-noflow": ("The same without optical flow", 0.0419, 2.35, 7.9, 560_000),
}
DETERMINISTIC = {"nearest", "bicubic", "quantile-mapping"}
CONTROLS = {"nearest", "bicubic", "quantile-mapping", "mean-noise"}


def scores_of(name: str, seed: int, regions: tuple[str, ...], members: int) -> list[dict[str, Any]]:
    """Scores with some nulls: one member has no ensemble score, the last quantile has too few values."""
    rng = np.random.default_rng([seed, *name.encode()])
    crps = METHODS[name][1] if name in METHODS else 0.05
    rows = []
    for metric, (_, unit, _, _, components) in METRICS.items():
        for component in components:
            for region in regions:
                for season in ("all", "DJF", "JJA"):
                    base = {"crps": crps, "mse": crps * 4}.get(metric, float(rng.gamma(2, 0.4)))
                    value: float | None = (
                        base * float(rng.uniform(0.9, 1.1)) if (region, season) != ("all", "all") else base
                    )
                    value = -value if "signed" in component or metric == "lag1" else value
                    reason = None
                    if component.startswith("p99.999"):
                        value, reason = None, "fewer than 100 values in 10 time bins lie beyond it"
                    if metric == "sae" and members == 1:
                        value, reason = None, "needs at least two members"
                    if metric == "psd" and region != "all":
                        value, reason = None, "works on whole tiles"
                    rows.append(
                        {
                            "metric": metric,
                            "component": component,
                            "region": region,
                            "season": season,
                            "value": value,
                            "low": None,
                            "high": None,
                            "unit": unit,
                            "n": 4_423_680,
                            "n_eff": None,
                            "members": members,
                            "reason": reason,
                        }
                    )
    return rows


def curves_of(name: str) -> dict[str, Any]:
    """A power spectrum and quantiles of the method beside the truth."""
    wavelengths = np.geomspace(50, 2400, 24)
    slope = METHODS.get(name, ("", 0, 2.6))[2]
    truth = 2e-3 * (wavelengths / 50) ** 2.2
    levels = [0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999]
    rain = [0.3, 0.9, 2.9, 4.3, 9.4, 12.0, 17.5]
    return {
        "psd": {
            "x": (1 / wavelengths).tolist(),
            "series": {
                "truth": truth.tolist(),
                "ensemble": (truth[-1] * (wavelengths / 2400) ** slope).tolist(),
            },
            "x_label": "wavenumber [1/km]",
            "y_label": "power [(mm/h)2 km]",
            "log_x": True,
            "log_y": True,
        },
        "quantiles": {
            "x": [1 - level for level in levels],
            "series": {"truth": rain, "ensemble": [r * (2.2 / slope) ** 0.4 for r in rain]},
            "x_label": "probability of exceedance",
            "y_label": "rain [mm/h]",
            "log_x": True,
            "log_y": True,
        },
    }


def fake_run(name: str = "ofdiff", **changes: Any) -> dict[str, Any]:
    """The content of a ``run.json``; ``changes`` replace whole keys, ``a__b`` replaces key b of a."""
    title, _, _, seconds, parameters = METHODS.get(name, (f"Title of {name}", 0.05, 2.6, 1.0, 10))
    seed, members = changes.get("seed", 0), 1 if name in DETERMINISTIC else changes.get("members", 8)
    run: dict[str, Any] = {
        "schema_version": 1,
        "protocol": 1,
        "status": "finished",
        "reason": None,
        "role": "control" if name in CONTROLS else "method",
        "created": "2026-08-02T10:11:12+00:00",
        "method": {
            "name": name,
            "distribution": "downbench",
            "version": "0.1.0",
            "title": title,
            "probabilistic": name not in DETERMINISTIC,
            "preset": "tiny" if parameters > 1e5 else None,
            "configuration": {"steps": 8, "channels": [16, 32], "history": "deterministic"}
            if parameters
            else {},
            "parameters": {"total": parameters, "flow": parameters // 3},
            "reference": "A paper (2026)",
            "tags": ["diffusion"] if "diff" in name else [],
        },
        "dataset": {
            "name": "xshield",
            "variant": "stand-in",
            "label": "xshield (stand-in)",
            "standin": True,
            "licence": "CC0",
            "fingerprint": "5f" * 32,
            "factor": 8,
            "step_hours": 3.0,
            "notes": ["perfect model (coarse = mean of fine)", "one season"],
            "splits": {"train": "first 216 days", "validation": "24 days", "test": "last 60 days"},
            "predictors": ["precipitation", "u10", "v10"],
            "missing_predictors": ["t2m"],
        },
        "seed": seed,
        "members": members,
        "limit": None,
        "frames": {"key": "ab" * 32, "n": 480, "first": "2020-11-02T03:00:00", "last": "2020-12-31T24:00:00"},
        "keys": {"fit": f"f{seed}{name}", "sample": "5a", "score": "5c"},
        "versions": {"downbench": "0.1.0", "python": "3.11.9", "numpy": "2.4.6"},
        "device": {"name": "cpu", "threads": 2, "machine": "x86_64"},
        "cost": {
            "fit": {
                "wall_s": seconds * 40,
                "cpu_s": seconds * 70,
                "peak_memory_mb": 900.5,
                "memory_source": "rss",
            },
            "sample": {
                "wall_s": seconds * 9,
                "cpu_s": seconds * 17,
                "peak_memory_mb": 700.1 + seconds,
                "memory_source": "rss",
                "s_per_day_member": seconds,
            },
            "score": {"wall_s": 4.4, "cpu_s": 4.1, "peak_memory_mb": 500.0, "memory_source": "rss"},
        },
        "rain": {"negative_fraction": 0.001, "minimum": -0.02},
        "metrics": {
            metric: {
                "title": text,
                "unit": unit,
                "direction": direction,
                "range": [0, None],
                "definition": f"How {metric} is defined.",
                "reference": "",
                "headline": headline,
                "distribution": "downbench",
            }
            for metric, (text, unit, direction, headline, _) in METRICS.items()
        },
        "scores": scores_of(name, seed, ("all", "land", "tropics"), members),
        "curves": curves_of(name),
        "test_evaluations": 1,
    }
    for key, value in changes.items():
        part, _, inner = key.partition("__")
        if inner:
            run[part] = {**run[part], inner: value}
        elif key != "members":
            run[part] = value
    return run


def fake_examples(seed: int, size: int = 96, members: int = 8) -> xr.Dataset:
    """Three frames of patchy rain with a missing corner, the same truth for every seed."""
    truth = _rain(np.random.default_rng(0), (3, size, size))
    truth[:, : size // 8, : size // 8] = np.nan
    ensemble = np.stack([_rain(np.random.default_rng([seed, i]), (3, size, size)) for i in range(members)])
    coarse = truth.reshape(3, size // 8, 8, size // 8, 8).mean((2, 4))
    return xr.Dataset(
        {
            "coarse": (("time", "Y", "X"), coarse),
            "truth": (("time", "y", "x"), truth),
            "members": (("member", "time", "y", "x"), 0.6 * np.nan_to_num(truth) + 0.4 * ensemble),
        },
        coords={"time": np.array(["2020-11-05T03", "2020-12-01T12", "2020-12-24T21"], "datetime64[ns]")},
        attrs={"tile": 2, "units": "mm/h"},
    )


def _rain(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    wave = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in shape[1:]), indexing="ij"))
    spectrum = np.fft.fft2(rng.standard_normal(shape)) / np.maximum(wave, 0.01) ** 1.5
    field = np.fft.ifft2(spectrum).real
    return np.expm1(np.maximum(field / field.std() - 0.9, 0) * 1.6).astype("float32")


def write_run(root: Path, run: Any, examples: xr.Dataset | None = None, at: str = "") -> Path:
    """Write a run where the runner would, and return its score (or fit) directory."""
    if isinstance(run, dict) and not at:
        at = f"xshield/m{len(list(root.glob('*/*')))}/fit1"
    failed = isinstance(run, dict) and run.get("status") == "failed"
    directory = root / at if failed else root / at / "samples" / "s1" / "scores" / "c1"
    directory.mkdir(parents=True)
    text = run if isinstance(run, str) else json.dumps(run)
    (directory / ("failed.json" if failed else "run.json")).write_text(text, encoding="utf-8")
    if examples is not None:
        examples.to_zarr(directory / "examples.zarr", zarr_format=3, consolidated=False)
    return directory


def hostile_run() -> dict[str, Any]:
    """A run whose every string tries to break out."""

    def poison(value: Any) -> Any:
        if isinstance(value, str):
            return HOSTILE + value
        if isinstance(value, dict):
            return {key if key in KEYS else HOSTILE + key: poison(item) for key, item in value.items()}
        return [poison(item) for item in value] if isinstance(value, list) else value

    run = fake_run("hostile")
    poisoned = poison(run) | {"status": "finished", "role": "method"}
    for card in poisoned["metrics"].values():
        card["direction"] = "lower"
    return poisoned


KEYS = {
    key for value in (fake_run(), *(v for v in fake_run().values() if isinstance(v, dict))) for key in value
} | {
    *("title", "unit", "direction", "range", "definition", "reference", "headline", "distribution", "region"),
    *("wall_s", "cpu_s", "metric", "component", "season", "value", "low", "high", "n", "n_eff", "members"),
    *("reason", "x", "series", "x_label", "y_label", "log_x", "log_y"),
}


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of several methods on several frame sets, with failed, damaged, hostile and long-named ones."""
    root = tmp_path_factory.mktemp("populated") / "runs"
    for i, name in enumerate(METHODS):
        write_run(root, fake_run(name), fake_examples(i, members=1 if name in DETERMINISTIC else 8))
    write_run(root, fake_run("ofdiff", seed=1), fake_examples(9))
    real = {
        "dataset__label": "xshield (fv3gfs)",
        "dataset__variant": "fv3gfs",
        "dataset__standin": False,
        "dataset__fingerprint": "77" * 32,
    }
    for name in ("bicubic", "ofdiff"):
        write_run(root, fake_run(name, **real))
        write_run(root, fake_run(name, limit=24, **real))
    write_run(root, fake_run("Ünïcødé-法-" + "long" * 30, method__title="Très long " * 12))
    write_run(root, hostile_run())
    write_run(root, fake_run("ofdiff-noflow", seed=7, status="failed", reason="out of memory", scores=[]))
    write_run(root, "{ not json", at="xshield/broken/fit1")
    return root


@pytest.fixture(scope="session")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Open a page in headless Chromium and give its DOM after the scripts ran."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on PATH")

    def dump(page: Path, fragment: str = "") -> str:
        profile = tmp_path_factory.mktemp("profile")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
            "--dump-dom",
            page.resolve().as_uri() + fragment,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    return dump


@pytest.fixture(scope="session")
def site(populated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the populated runs, with a hostile section of a plug-in."""
    from downbench import find_runs
    from downbench_leaderboard.site import build_site

    out = tmp_path_factory.mktemp("out") / "site"
    sections = [{"title": f"From a plug-in {HOSTILE}", "text": f"One.\n\nTwo {HOSTILE}"}]
    build_site(find_runs(populated), out, root=populated, sections=sections)
    return out


@pytest.fixture(scope="session")
def make() -> Any:
    """The makers of runs above, for tests that need their own."""
    return SimpleNamespace(
        run=fake_run, examples=fake_examples, write=write_run, HOSTILE=HOSTILE, METHODS=METHODS
    )
