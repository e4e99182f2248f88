"""Runs of downbench in MLflow, through the hooks that hear of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downbench import hookimpl


@hookimpl
def downbench_run_finished(run: dict[str, Any], directory: Path) -> None:
    """Log a finished run with parameters, scores, cost and artifacts."""
    from downbench_mlflow.logging import log_finished  # mlflow is imported once it is needed

    log_finished(run, directory)


@hookimpl
def downbench_run_failed(run: dict[str, Any], error: BaseException) -> None:
    """Log a failed run with its reason."""
    from downbench_mlflow.logging import log_failed

    log_failed(run, str(error))
