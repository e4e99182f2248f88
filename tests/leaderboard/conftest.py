"""Run directories as the runner leaves them, made up: several methods, nulls, failures and hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from chromium import Page
from records import write_content

from downbench.store.record import Costs, Keys, RunRecord
from downbench.store.record_parts import (
    Cost,
    CurvePart,
    DatasetPart,
    Device,
    FramesPart,
    MethodPart,
    MetricPart,
    RainPart,
    RelationPart,
    ScoreRow,
)
from downbench.store.run_directory import FAILURE, RUN

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
TAGS = {
    "crps": ["probabilistic"],
    "mse": ["deterministic"],
    "emd": ["distribution"],
    "psd": ["spatial"],
    "quantiles": ["distribution", "extremes"],
    "sae": ["spatial"],
    "lag1": ["temporal"],
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
                            "reason_interval": None,
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
    """The content of a ``run.json``; ``changes`` replace whole keys, ``a__b`` replaces key b of a.

    Made by the model of the record, and so with every key that a run has; the changes come after it, since
    run directories come from anywhere.
    """
    members = 1 if name in DETERMINISTIC else changes.get("members", 8)
    record = a_record(name, changes.get("seed", 0), members)
    run = record.model_dump(mode="json")
    for key, value in changes.items():
        part, _, inner = key.partition("__")
        if inner:
            run[part] = {**run[part], inner: value}
        elif key != "members":
            run[part] = value
    return run


def a_record(name: str, seed: int, members: int) -> RunRecord:
    """A finished run of a method."""
    seconds = METHODS[name][3] if name in METHODS else 1.0
    return RunRecord(
        role="control" if name in CONTROLS else "method",
        created="2026-08-02T10:11:12+00:00",
        method=a_method(name),
        dataset=DATASET,
        seed=seed,
        members=members,
        limit=None,
        frames=FRAMES,
        data_root=None,
        budget=None,
        hours=False,
        regions=["all", "land", "tropics"],
        user_regions=[],
        keys=Keys(fit=f"f{seed}{name}", sample="5a", score="5c"),
        versions={"downbench": "0.1.0", "python": "3.11.9", "numpy": "2.4.6"},
        device=Device(name="cpu", cpus=2, threads=2, machine="x86_64"),
        cost=Costs(
            fit=a_cost(seconds * 40, seconds * 70, 900.5),
            sample=a_cost(seconds * 9, seconds * 17, 700.1 + seconds, s_per_day_member=seconds),
            score=a_cost(4.4, 4.1, 500.0),
        ),
        rain=RainPart(negative_fraction=0.001, minimum=-0.02),
        metrics={metric: a_metric(metric) for metric in METRICS},
        scores=[ScoreRow(**row) for row in scores_of(name, seed, ("all", "land", "tropics"), members)],
        curves={metric: CurvePart(**curve) for metric, curve in curves_of(name).items()},
        test_evaluations=1,
    )


def a_method(name: str) -> MethodPart:
    """What a record says of a method."""
    title, _, _, _, parameters = METHODS.get(name, (f"Title of {name}", 0.05, 2.6, 1.0, 10))
    configuration = {"steps": 8, "channels": [16, 32], "history": "deterministic"}
    return MethodPart(
        name=name,
        distribution="downbench",
        version="0.1.0",
        title=title,
        probabilistic=name not in DETERMINISTIC,
        preset="tiny" if parameters > 1e5 else None,
        configuration=configuration if parameters else {},
        parameters={"total": parameters, "flow": parameters // 3},
        reference="A paper (2026)",
        tags=["diffusion"] if "diff" in name else [],
        weights=None,
    )


def a_cost(wall_s: float, cpu_s: float, peak: float, **more: float) -> Cost:
    """What a stage cost."""
    return Cost(wall_s=wall_s, cpu_s=cpu_s, peak_memory_mb=peak, memory_source="rss", **more)


def a_metric(name: str) -> MetricPart:
    """What a record says of a metric."""
    title, unit, direction, headline, _ = METRICS[name]
    return MetricPart(
        title=title,
        distribution="downbench",
        unit=unit,
        direction=direction,
        range=[0, None],
        definition=f"How {name} is defined.",
        reference="",
        headline=headline,
        tags=TAGS[name],
        fair=True,
        version=1,
    )


DATASET = DatasetPart(
    name="xshield",
    variant="stand-in",
    label="xshield (stand-in)",
    standin=True,
    licence="CC0",
    fingerprint="5f" * 32,
    factor=8,
    step_hours=3.0,
    configuration={},
    relation={
        "train": RelationPart(
            perfect=False, frames=9, cells=90, correlation=0.7654, bias_ratio=0.9, rmse=0.4321
        )
    },
    notes=["perfect model (coarse = mean of fine)", "one season"],
    splits={"train": "first 216 days", "validation": "24 days", "test": "last 60 days"},
    predictors=["precipitation", "u10", "v10"],
)
FRAMES = FramesPart(key="ab" * 32, n=480, first="2020-11-02T03:00:00", last="2020-12-31T24:00:00")


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
    path = directory / (FAILURE if failed else RUN)
    if isinstance(run, dict):
        write_content(path, run)
    else:
        path.write_text(run, encoding="utf-8")
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
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The one browser that all tests of this session look through."""
    page = Page(tmp_path_factory.mktemp("profile"))
    page.size(1400)
    yield page
    page.close()


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


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one board: six methods, three seeds of one of them, and a failed run."""
    from downbench import find_runs
    from downbench_leaderboard.site import build_site

    root = tmp_path_factory.mktemp("one") / "runs"
    for i, name in enumerate(METHODS):
        run = fake_run(name)
        for score in run["scores"]:
            if score["metric"] == "crps" and (score["region"], score["season"]) == ("all", "all"):
                score.update(low=score["value"] * 0.9, high=score["value"] * 1.1, n_eff=24)
        write_run(root, run, fake_examples(i, size=32, members=2) if i != 2 else None)
    for seed in (1, 2):
        write_run(root, fake_run("ofdiff", seed=seed))
    write_run(root, fake_run("rainfarm", status="failed", reason="it broke", scores=[], seed=3))
    build_site(find_runs(root), root.parent / "site", root=root)
    return root.parent / "site"
