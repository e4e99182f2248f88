"""What goes to MLflow, by its client: no run is active, so that nothing of the user's is touched."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

import downbench

KEY = "downbench.key"
_LONGEST = 500  # letters of a parameter
_AT_ONCE = 100  # parameters in one call


def log_finished(run: Mapping[str, Any], directory: Path) -> None:
    """Log a finished run, unless it was logged before."""
    client = MlflowClient()
    experiment = _experiment(client)
    if _logged(client, experiment, run["key"]):
        return
    record = downbench.open_run(directory).record
    scores = {
        _plain(f"{row.metric}.{row.component}".rstrip(".")): row.value
        for row in record.scores
        if row.region == row.season == "all" and row.value is not None
    }
    costs = {
        f"cost.{stage}.cpu_s": cost.cpu_s
        for stage, cost in (("fit", record.cost.fit), ("sample", record.cost.sample))
        if cost.cpu_s is not None
    }
    facts = {"members": record.members, "seed": record.seed, "preset": record.method.preset}
    identifier = _begin(client, experiment, run, {"downbench.standin": str(record.dataset.standin)})
    _log(client, identifier, {**facts, **record.method.configuration}, {**scores, **costs})
    for name in ("run.json", "scores.parquet"):
        client.log_artifact(identifier, str(directory / name))
    client.set_terminated(identifier, "FINISHED")


def log_failed(run: Mapping[str, Any], reason: str) -> None:
    """Log a failed run with its reason as a tag."""
    client = MlflowClient()
    identifier = _begin(client, _experiment(client), run, {"downbench.reason": reason[:_LONGEST]})
    client.set_terminated(identifier, "FAILED")


def _experiment(client: MlflowClient) -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "downbench")
    experiment = client.get_experiment_by_name(name)
    return experiment.experiment_id if experiment else client.create_experiment(name)


def _logged(client: MlflowClient, experiment: str, key: str) -> bool:
    query = f"tags.`{KEY}` = '{key}' and attributes.status = 'FINISHED'"
    return bool(client.search_runs([experiment], query, max_results=1))


def _begin(client: MlflowClient, experiment: str, run: Mapping[str, Any], tags: dict[str, str]) -> str:
    own = {f"downbench.{name}": str(run[name]) for name in ("key", "method", "dataset", "role")}
    name = f"{run['method']} on {run['dataset']}"
    return str(client.create_run(experiment, tags=own | tags, run_name=name).info.run_id)


def _log(
    client: MlflowClient, identifier: str, parameters: Mapping[str, Any], values: Mapping[str, float]
) -> None:
    now = int(time.time() * 1000)
    params = [Param(name, str(value)[:_LONGEST]) for name, value in parameters.items() if value is not None]
    for first in range(0, len(params), _AT_ONCE):
        client.log_batch(identifier, params=params[first : first + _AT_ONCE])
    metrics = [Metric(name, float(value), now, 0) for name, value in values.items()]
    client.log_batch(identifier, metrics=metrics, tags=[RunTag("downbench.version", downbench.__version__)])


def _plain(name: str) -> str:
    """A name as MLflow allows it: other letters become underscores."""
    return re.sub(r"[^\w\-. /]", "_", name)
