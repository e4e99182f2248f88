"""The layout of run directories: every name of a folder or file of a run is spelled here, and nowhere else.

``runs/<dataset>/<method>/<fit key>/samples/<sample key>/scores/<score key>/``; each stage's record is written
last, so its presence says that the stage is finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

SHOWN = 12  # hex digits of a key in a folder name
FIT, SAMPLE, RUN, FAILURE = "fit.json", "sample.json", "run.json", "failed.json"  # the records
MODEL, CHECKPOINTS, LOG = "model", "checkpoints", "log.jsonl"
PREDICTIONS, PARTIAL, LEDGER = "predictions.zarr", "partial.zarr", "ledger.json"
STATISTICS, SCORES, RESAMPLES, PARTS, EXAMPLES = (
    "statistics.zarr",
    "scores.parquet",
    "resamples.parquet",
    "resamples_parts.parquet",
    "examples.zarr",
)
STRETCHES = "stretches"  # what is left of samples that are scored and not stored, until all are
LOCK = ".lock"
_SAMPLES, _SCORED = "samples", "scores"
_ABOVE_FITS = ("*/*/*/", "*/*/", "*/", "")  # of a folder of runs, of one dataset, of one method, of a fit
_ABOVE_SCORES = 7  # folders from the root of the runs down to a score directory, that directory included


@dataclass(frozen=True)
class RunDirectory:
    """Paths of one run."""

    root: Path
    dataset: str
    method: str
    fit_key: str
    sample_key: str
    score_key: str

    @property
    def fit(self) -> Path:
        """Directory of the fit."""
        return self.root / self.dataset / self.method / self.fit_key[:SHOWN]

    @property
    def model(self) -> Path:
        """What the method saved."""
        return self.fit / MODEL

    @property
    def checkpoints(self) -> Path:
        """For the method while it is fitted; gone when the fit is finished."""
        return self.fit / CHECKPOINTS

    @property
    def sample(self) -> Path:
        """Directory of the ensemble."""
        return self.fit / _SAMPLES / self.sample_key[:SHOWN]

    @property
    def predictions(self) -> Path:
        """The ensemble, zarr."""
        return self.sample / PREDICTIONS

    @property
    def score(self) -> Path:
        """Directory of the scores."""
        return self.sample / _SCORED / self.score_key[:SHOWN]

    @property
    def stretches(self) -> Path:
        """For the statistics of stretches that were sampled, scored and not stored; gone when all are."""
        return self.sample / STRETCHES / self.score_key[:SHOWN]

    @property
    def failure(self) -> Path:
        """Why the last attempt failed; never consulted by a later attempt."""
        return self.fit / FAILURE


def directory_of(score: Path, fit_key: str, sample_key: str, score_key: str) -> RunDirectory:
    """The run directory that a score directory belongs to, by the folders that it stands in."""
    names = score.resolve().parts
    root = Path(*names[:-_ABOVE_SCORES])
    return RunDirectory(root, names[-_ABOVE_SCORES], names[1 - _ABOVE_SCORES], fit_key, sample_key, score_key)


def sample_of(score: Path) -> Path:
    """Directory of the ensemble that a score directory belongs to."""
    return score.parents[1]


def fit_of(score: Path) -> Path:
    """Directory of the fit that a score directory belongs to."""
    return score.parents[3]


def scored_below(root: Path) -> Iterator[Path]:
    """Records of all scored runs of a folder of runs, or of any folder in one, in order of their paths."""
    inner = f"{_SAMPLES}/*/{_SCORED}/*/{RUN}"
    return _nearest(root, (*(f"{depth}{inner}" for depth in _ABOVE_FITS), f"{_SCORED}/*/{RUN}", RUN))


def failures_below(root: Path) -> Iterator[Path]:
    """Records of all failed runs of a folder of runs, or of any folder in one, in order of their paths."""
    return _nearest(root, tuple(f"{depth}{FAILURE}" for depth in _ABOVE_FITS))


def _nearest(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    """Paths of the first pattern that any path matches."""
    for pattern in patterns:
        found = _shown(folder, pattern)
        if (first := next(found, None)) is not None:
            return chain([first], found)
    return iter(())


def scored_of_fits(method: Path) -> Iterator[Path]:
    """Records of all scored runs of the fits in one method's folder."""
    return _shown(method, f"*/{_SAMPLES}/*/{_SCORED}/*/{RUN}")


def scored_of_sample(sample: Path) -> Iterator[Path]:
    """Records of all scores of one ensemble."""
    return _shown(sample, f"{_SCORED}/*/{RUN}")


def fits_below(root: Path) -> Iterator[Path]:
    """Directories of all fits, finished or not, of a folder of runs, in order of their paths."""
    return (path for path in _shown(root, "*/*/*") if path.is_dir())


def samples_of_fit(fit: Path) -> list[Path]:
    """Directories of all finished ensembles of one fit."""
    return [path.parent for path in _shown(fit, f"{_SAMPLES}/*/{SAMPLE}")]


def scored_samples(folder: Path) -> list[Path]:
    """Directories of ensembles with scores: a folder itself, or those of a fit, method, dataset or all."""
    for above in ("", *(f"{depth}{_SAMPLES}/*/" for depth in reversed(_ABOVE_FITS))):
        if records := list(_shown(folder, f"{above}{_SCORED}/*/{RUN}")):
            return list(dict.fromkeys(record.parents[2] for record in records))
    return []


def stage_folders(fit: Path) -> list[Path]:
    """All folders of a fit in which a stage writes, the fit's own first."""
    written = (PARTIAL, _SCORED, f"{STRETCHES}/*")
    inner = (CHECKPOINTS, _SAMPLES, f"{_SAMPLES}/*", *(f"{_SAMPLES}/*/{name}" for name in written))
    folders = [fit, *(folder for pattern in inner for folder in sorted(fit.glob(pattern)))]
    return [folder for folder in folders if folder.is_dir()]


def is_run(path: Path) -> bool:
    """Whether a folder is the fit, sample or score directory of a run."""
    return any((path / name).is_file() for name in (FIT, SAMPLE, RUN))


def _shown(folder: Path, pattern: str) -> Iterator[Path]:
    """Paths that match, but not what was set aside or is not finished."""
    for path in sorted(folder.glob(pattern)):
        if not any(_hidden(part) for part in path.relative_to(folder).parts):
            yield path


def _hidden(part: str) -> bool:
    return ".damaged-" in part or part.endswith((".tmp", ".old"))
