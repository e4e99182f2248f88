"""What predictions are for: a registered dataset, or a pair of files of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from downbench.errors import UserError
from downbench.missing import no_such
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import parse_region
from downbench.suite.request import DatasetSpec, apply_settings
from downbench.suite.resolve import make_dataset

TABLES = (".csv", ".csv.gz")
WHOLE: dict[str, Any] = {"splits": {"test": {}}, "window": None}  # all of a record, which nobody trains on


def open_target(
    dataset: str | None,
    data_root: Path | None,
    truth: Path | None,
    coarse: Path | None,
    factor: int | None,
    settings: Sequence[str],
    limit: int | None,
    regions: Sequence[str],
    own: tuple[str, str] = ("files", "stations"),
) -> Frames:
    """The frames that predictions are of.

    Args:
        dataset: its name or card.
        data_root: where its data stand.
        truth: fine rain of the user's own, in place of a dataset, as fields or as a table of stations; all
            of it is scored.
        coarse: the coarse rain that goes with it; None takes its mean.
        factor: fine cells along the edge of a coarse one, of data of the user's own.
        settings: as ``NAME.KEY=VALUE``.
        limit: most time steps.
        regions: of the user's.
        own: datasets that read fields and tables of the user's own.

    Raises:
        UserError: neither or both were said; or the data cannot be opened.
    """
    if (dataset is None) == (truth is None):
        raise UserError(
            "say what the predictions are for: a dataset, or data of your own",
            "either --dataset NAME, or --truth FINE.nc [--coarse COARSE.nc | --factor N]",
        )
    if truth is None and (coarse is not None or factor is not None):
        raise UserError("--coarse and --factor belong to --truth", _as_setting(dataset, coarse, factor))
    if truth is not None and not truth.exists() and "://" not in str(truth):
        raise no_such(truth, "--truth")
    if truth is not None and coarse is not None and _is_missing(coarse, truth):
        raise no_such(coarse, "--coarse")
    spec: dict[str, Any] = {"name": dataset, "root": data_root}
    if truth is not None and truth.name.lower().endswith(TABLES):
        if coarse is not None or factor is not None:
            raise UserError("stations have no coarse rain", "leave out --coarse and --factor")
        spec = {"name": own[1], "root": truth}
    elif truth is not None:
        asked = {"coarse": None if coarse is None else str(coarse), "factor": factor}
        spec = {"name": own[0], "root": truth, "set": {**WHOLE, **{k: v for k, v in asked.items() if v}}}
    content = {"methods": [], "datasets": [spec]}
    apply_settings(content, list(settings))
    made = make_dataset(DatasetSpec.model_validate(spec))
    return open_frames(made, limit, tuple(parse_region(text) for text in regions))


def _is_missing(coarse: Path, truth: Path) -> bool:
    """Whether a file is neither here nor beside the truth; a name without an ending may be a variable."""
    return bool(coarse.suffix) and not any(path.exists() for path in (coarse, truth.parent / coarse))


def _as_setting(dataset: str | None, coarse: Path | None, factor: int | None) -> str:
    """How the same is said of a dataset, by its settings."""
    asked = {"coarse": coarse, "factor": factor}
    settings = " ".join(f"--set {dataset}.{name}={value}" for name, value in asked.items() if value)
    return f"datasets bring their own; one that can be set, as files can, takes {settings}"
