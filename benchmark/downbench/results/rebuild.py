"""What is needed to score a stored run again: its frames, from names, and its ensemble, from the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from downbench.errors import UserError
from downbench.plugins.session import registry
from downbench.results.stored_run import StoredRun
from downbench.run.cost import pick_device
from downbench.run.predictions import check_metadata, drop_large_predictions
from downbench.run.sample import sample
from downbench.run.sampling_plan import SamplingPlan
from downbench.run.scoring_plan import MetricSet, ScoringPlan
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import UserRegion, parse_region
from downbench.store import keys
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset


def rebuild(
    stored: StoredRun, metrics: MetricSet, data_root: Path | None = None, regions: tuple[UserRegion, ...] = ()
) -> ScoringPlan:
    """Make what scoring needs of a stored run again, from the dataset's name, configuration and root.

    Args:
        stored: the run.
        metrics: to be scored.
        data_root: where the data stand now, if they were moved.
        regions: of the user's, besides those that the run has.

    Raises:
        UserError: the dataset is not registered or not there, or its content or frames have changed.
    """
    return ScoringPlan(
        label=f"{stored.record.method.name} on {stored.record.dataset.label}",
        frames=_frames(stored, data_root, regions),
        metrics=metrics,
        predictions=stored.paths.predictions,
        members=stored.record.members,
        probabilistic=stored.probabilistic,
        hours=stored.record.hours,
    )


def _frames(stored: StoredRun, data_root: Path | None, regions: tuple[UserRegion, ...]) -> Frames:
    record, then = stored.record, stored.record.dataset
    root = data_root or (Path(record.data_root) if record.data_root else None)
    if root is not None and not root.exists():
        raise UserError(
            f"the data of {stored.label} are no longer at {root}", "say with --data-root where they are"
        )
    name = then.card or then.name
    chosen = _without_defaults(name, then.configuration)
    dataset = make_dataset(DatasetSpec(name=name, root=root, set=chosen))
    if dataset.fingerprint() != then.fingerprint:
        raise UserError(
            f"{dataset.label} is not what {stored.directory} was scored on: its fingerprint is "
            f"{dataset.fingerprint()[:12]}, the run has {then.fingerprint[:12]}",
            "its content or splits have changed: old and new scores cannot stand together; `bench run` anew",
        )
    own = tuple(parse_region(text) for text in record.user_regions)
    named = {region.name for region in regions}
    frames = open_frames(dataset, record.limit, tuple(r for r in own if r.name not in named) + regions)
    if frames.key != record.frames.key:
        raise UserError(
            f"the scored frames of {dataset.label} have changed since {stored.directory}", "`bench run` anew"
        )
    return frames


def _without_defaults(name: str, configuration: dict[str, Any]) -> dict[str, Any]:
    """What was set by somebody: a dataset may refuse parameters that its data leave no choice of."""
    fields = registry().find("dataset", name).load().Config.model_fields
    defaults = {key: to_jsonable_python(field.get_default()) for key, field in fields.items()}
    return {key: value for key, value in configuration.items() if value != defaults.get(key)}


@contextmanager
def predictions_at_hand(plan: ScoringPlan, stored: StoredRun) -> Iterator[None]:
    """See to it that the predictions are there: where they were deleted, sample again from ``model/``.

    Nothing is fitted. Large predictions are deleted again in the end.

    Raises:
        UserError: the method's code has changed since it was fitted.
        DamagedData: the predictions are not what was written.
    """
    if plan.predictions.is_dir():
        check_metadata(plan.predictions)
    else:
        sample(_sampling(plan, stored))
    yield
    drop_large_predictions(plan.predictions)


def _sampling(plan: ScoringPlan, stored: StoredRun) -> SamplingPlan:
    method = stored.record.method
    entry = registry().find("method", f"{method.distribution}:{method.name}")
    if keys.code_version(entry) != method.version:
        raise UserError(
            f"the predictions of {stored.label} are not kept, and the method's code has changed since "
            f"({method.version} then, {keys.code_version(entry)} now)",
            "`bench run` fits and samples anew",
        )
    method_class = entry.load()
    return SamplingPlan(
        entry=entry,
        method_class=method_class,
        config=method_class.Config.model_validate(method.configuration),
        seed=stored.record.seed,
        members=stored.record.members,
        device=pick_device("auto"),
        frames=plan.frames,
        directory=stored.paths,
    )
