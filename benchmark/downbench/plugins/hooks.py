"""The plug-in API, whole: every hook that a plug-in may implement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pluggy

from downbench.plugins.descriptions import CommandInfo, DatasetInfo, MethodInfo, MetricInfo, StudyInfo

GROUP = "downbench"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def downbench_methods() -> list[MethodInfo]:  # type: ignore[empty-body]
    """Return descriptions of downscaling methods."""


@hookspec
def downbench_metrics() -> list[MetricInfo]:  # type: ignore[empty-body]
    """Return descriptions of metrics."""


@hookspec
def downbench_datasets() -> list[DatasetInfo]:  # type: ignore[empty-body]
    """Return descriptions of datasets."""


@hookspec
def downbench_dataset_of(path: Path) -> DatasetInfo | None:
    """Describe the dataset that a YAML file of the user is, such as a card; None if it is none of yours."""


@hookspec
def downbench_records() -> dict[str, str]:  # type: ignore[empty-body]
    """Return further records for ``bench schema``: a name to ``"module:Model"``, a pydantic model."""


@hookspec
def downbench_studies() -> list[StudyInfo]:  # type: ignore[empty-body]
    """Return descriptions of studies."""


@hookspec
def downbench_commands() -> list[CommandInfo]:  # type: ignore[empty-body]
    """Return further subcommands of ``bench``."""


@hookspec
def downbench_leaderboard_sections(runs: list[dict[str, Any]]) -> list[dict[str, str]]:  # type: ignore[empty-body]
    """Return sections for the page of each board: ``{"title": ..., "text": ...}``, plain text."""


@hookspec
def downbench_run_started(run: dict[str, Any]) -> None:
    """Hear that a run starts; ``run`` has method, dataset, seed and key."""


@hookspec
def downbench_stage_finished(run: dict[str, Any], stage: str, directory: Path, reused: bool) -> None:
    """Hear that a stage (fit, sample or score) of a run is done, or stood there already."""


@hookspec
def downbench_run_failed(run: dict[str, Any], error: BaseException) -> None:
    """Hear that a run failed."""


@hookspec
def downbench_run_finished(run: dict[str, Any], directory: Path) -> None:
    """Hear that a run is finished; ``directory`` is its score directory."""


NAMES = tuple(name for name in globals() if name.startswith("downbench_"))
