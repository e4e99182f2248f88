"""A run that its record describes, made again here with the code of now."""

from __future__ import annotations

from pathlib import Path

import downbench
from downbench import UserError
from downbench.findings.stored_run import StoredRun, open_run
from downbench.plugins.defaults import without_defaults
from downbench.store.record import RunRecord


def make_again(record: RunRecord, data: Path | None, runs: Path) -> StoredRun:
    """Fit, sample and score once more what a record says, all samples kept.

    Args:
        record: of the run.
        data: folder of the files that its dataset is read from.
        runs: folder that the new run is put in; it holds none of the same method yet.

    Raises:
        UserError: the data are not here or have changed, or the run failed.
    """
    method, dataset = record.method, record.dataset
    full_name, data_name = f"{method.distribution}:{method.name}", dataset.card or dataset.name
    settings = {f"{full_name}.{key}": value for key, value in method.configuration.items()}
    chosen = without_defaults(data_name, dataset.configuration)
    settings |= {f"{data_name}.{key}": value for key, value in chosen.items()}
    made = downbench.run(
        full_name,
        data_name,
        metric=[f"{card.distribution}:{name}" for name, card in record.metrics.items()],
        preset=method.preset,
        settings=settings,
        data_root=_file(data, dataset.variant),
        members=record.members if method.probabilistic else None,
        limit=record.limit,
        seed=record.seed,
        device="cpu",
        hours=record.hours,
        keep="all",
        controls=False,
        isolate=False,
        runs=runs,
    )
    if made.failed:
        raise UserError("; ".join(made.failed.values()))
    [run] = made
    if run.record.dataset.fingerprint != dataset.fingerprint:
        raise UserError(f"the data here are not those of the reference ({dataset.label})")
    return open_run(Path(run.directory))


def _file(folder: Path | None, variant: str) -> Path | None:
    """The file of a folder that a dataset of files is called after, if there is one."""
    found = sorted(folder.glob(f"{variant}.*")) if folder is not None and variant else []
    return found[0] if found else None
