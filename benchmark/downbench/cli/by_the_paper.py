"""Runs by the paper's estimators, printed beside its Table 1: two tables, since the data differ."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from downbench.cli.tables import table
from downbench.errors import UserError

if TYPE_CHECKING:
    from downbench.findings.stored_run import StoredRun
    from downbench.paper.estimators import Estimates

PAPER = "paper"


def check_protocol(protocol: str | None) -> bool:
    """Whether the paper's estimators are asked for.

    Raises:
        UserError: it is another protocol.
    """
    if protocol not in (None, PAPER):
        raise UserError(
            f"--protocol {protocol!r} is not a choice",
            "leave it out for the scores of this suite; paper is that of arXiv:2312.06071",
        )
    return protocol is not None


def estimate(runs: Sequence[StoredRun], data_root: Path | None = None) -> list[tuple[StoredRun, Estimates]]:
    """The paper's estimators of each run."""
    from downbench.paper.scoring import by_the_paper

    return [(run, by_the_paper(run, data_root, lambda text: print(text, file=sys.stderr))) for run in runs]


def lines(estimated: Sequence[tuple[StoredRun, Estimates]]) -> list[str]:
    """Both tables, and what a reader must know of them."""
    from downbench.paper.table1 import DATA, MEMBERS, ROWS, SCALES, SOURCE

    heads = [f"{name} {scale:.0e}".replace("e-0", "e-") for name, scale in SCALES.items()]
    text = []
    for label, group in _by_data(estimated).items():
        own = [[_name(run), str(one.members), *_own(one)] for run, one in group]
        text += [f"{label}, by the estimators of the paper [kg m-2 s-1]:", ""]
        text += [*table(["", "members", *heads[:4], "MSE of the mean 1e-8", "covariance 1e-9"], own), ""]
    cited = [[row.method, *(f"{value:.2f}" for value in row[1:])] for row in ROWS]
    text += [
        f"Cited from {SOURCE}; nothing of it was run here.",
        f"Other data: {DATA}; {MEMBERS} samples.",
        "",
    ]
    return [*text, *table(["", *heads], cited), "", *_notes([one for _, one in estimated])]


def as_json(estimated: Sequence[tuple[StoredRun, Estimates]]) -> dict[str, Any]:
    """The same for ``--json``."""
    from downbench.paper.table1 import DATA, MEMBERS, ROWS, SCALES, SOURCE

    own = [
        {
            "method": run.record.method.name,
            "seed": run.record.seed,
            "dataset": run.record.dataset.label,
            "standin": run.record.dataset.standin,
            "directory": str(run.directory),
            **asdict(one),
        }
        for run, one in estimated
    ]
    cited = {
        "source": SOURCE,
        "data": DATA,
        "members": MEMBERS,
        "units": SCALES,
        "rows": [row._asdict() for row in ROWS],
    }
    return {"unit": "kg m-2 s-1", "runs": own, "cited": cited}


def _by_data(
    estimated: Sequence[tuple[StoredRun, Estimates]],
) -> dict[str, list[tuple[StoredRun, Estimates]]]:
    groups: dict[str, list[tuple[StoredRun, Estimates]]] = {}
    for run, one in estimated:
        frames = run.record.frames
        label = f"{run.record.dataset.label}, {frames.n:,} time steps from {frames.first}"
        groups.setdefault(label, []).append((run, one))
    return groups


def _name(run: StoredRun) -> str:
    record = run.record
    track = f", track {record.track.name}" if record.track else ""
    return f"{record.method.name}, seed {record.seed}{track}"


def _own(one: Estimates) -> list[str]:
    values = [
        (one.crps, 1e-5),
        (one.mse, 1e-8),
        (one.emd, 1e-6),
        (one.pe, 1e-3),
        (one.mse_of_mean, 1e-8),
        (one.covariance_error, 1e-9),
    ]
    return ["-" if value is None else f"{value / scale:.3g}" for value, scale in values]


def _notes(estimates: Sequence[Estimates]) -> list[str]:
    from downbench.paper.estimators import FEW
    from downbench.paper.table1 import MEMBERS

    notes = [
        "* The two tables are of different data: no row of one is better than a row of the other.",
        "* MSE is that of single members; the paper does not say whether it has this or that of the mean.",
        "* The formula of the paper's SAE is unpublished, so there is none of ours. It is not normalised; "
        "covariance\n  is the mean error of covariances in space, (kg m-2 s-1)2, also not normalised.",
    ]
    if any(one.members != MEMBERS for one in estimates):
        notes.append(
            f"* The paper's CRPS is not fair: fewer members than its {MEMBERS} raise it, and one is the "
            "absolute error."
        )
    if any(one.beyond < FEW for one in estimates):
        least = min(one.beyond for one in estimates)
        notes.append(f"* PE hangs on few cells: {least:.0f} true values lie beyond the 99.999 % quantile.")
    return notes
