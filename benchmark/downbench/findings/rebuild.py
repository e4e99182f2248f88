"""What is needed to score a stored run again: its frames, from names, and its ensemble, from the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from downbench.contracts.method import Method
from downbench.errors import UserError
from downbench.files import scratch_folder
from downbench.findings.stored_run import StoredRun
from downbench.pipeline.cost import pick_device
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.predictions import check_metadata
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.storing import store_stretch
from downbench.plugins.defaults import without_defaults
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import UserRegion, parse_region
from downbench.store import keys
from downbench.submission.method import reopen
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


def dataset_spec(stored: StoredRun, data_root: Path | None) -> DatasetSpec:
    """How a request names the dataset of a stored run.

    Args:
        stored: the run.
        data_root: where the data stand now, if they were moved.

    Raises:
        UserError: they are not there, or the dataset is not registered.
    """
    record, then = stored.record, stored.record.dataset
    root = data_root or (Path(record.data_root) if record.data_root else None)
    if root is not None and not root.exists():
        raise UserError(
            f"the data of {stored.label} are no longer at {root}", "say with --data-root where they are"
        )
    name = then.card or then.name
    return DatasetSpec(name=name, root=root, set=without_defaults(name, then.configuration))


def _frames(stored: StoredRun, data_root: Path | None, regions: tuple[UserRegion, ...]) -> Frames:
    record, then = stored.record, stored.record.dataset
    dataset = make_dataset(dataset_spec(stored, data_root))
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


@contextmanager
def predictions_of(
    plan: ScoringPlan, stored: StoredRun, stretches: Iterable[Stretch], say: Callable[[str], None]
) -> Iterator[ScoringPlan]:
    """See to it that some stretches of the ensemble can be read: those of a run that stored none are sampled.

    They are sampled from ``model/`` into a temporary folder that has nothing else. Nothing is fitted.

    Args:
        plan: what is scored.
        stored: the run.
        stretches: that will be read.
        say: is told what will be sampled, before it is.

    Yields:
        The plan, with predictions that can be read.

    Raises:
        UserError: the method's code has changed since it was fitted.
        DamagedData: the predictions are not what was written.
    """
    if plan.predictions.is_dir():
        check_metadata(plan.predictions)
        yield plan
        return
    sampling = sampling_of(plan, stored)
    pieces = list(stretches)
    say(sampling_notice(plan, stored, sum(piece.stop - piece.start for piece in pieces)))
    method = load_model(sampling)
    with scratch_folder("sampled") as folder:
        for piece in pieces:
            for _ in store_stretch(sampling, method, piece, folder):
                pass
        yield replace(plan, predictions=folder)


def sampling_notice(plan: ScoringPlan, stored: StoredRun, frames: int) -> str:
    """What sampling again means, for people: how much, and about how long by what the run took.

    Args:
        plan: what is scored.
        stored: a run whose samples were not kept.
        frames: over all tiles.
    """
    record, total = stored.record, frames_over_tiles(plan)
    members = "1 member" if record.members == 1 else f"{record.members} members"
    text = (
        f"the samples of {stored.label} were not kept: {frames} frames of {members} are sampled again "
        "from its model"
    )
    if (seconds := record.cost.sample.wall_s) is None:
        return text
    return f"{text}, about {seconds * frames / total:.3g} s by what the run took"


def frames_over_tiles(plan: ScoringPlan) -> int:
    """Frames of all tiles together."""
    return sum(len(one.times) * one.fine.sizes["tile"] for one in plan.frames.sequences)


def sampling_of(plan: ScoringPlan, stored: StoredRun) -> SamplingPlan:
    """What sampling a stored run again needs.

    Raises:
        UserError: the method's code has changed since it was fitted, or the file that was submitted.
    """
    method = stored.record.method
    entry, method_class = _code_of(stored) if method.submission is None else reopen(method, plan.frames)
    return SamplingPlan(
        label=plan.label,
        entry=entry,
        method_class=method_class,
        config=method_class.Config.model_validate(method.configuration),
        seed=stored.record.seed,
        members=stored.record.members,
        device=pick_device("auto"),
        frames=plan.frames,
        directory=stored.paths,
        scheduler=plan.scheduler,
    )


def _code_of(stored: StoredRun) -> tuple[Registration, type[Method]]:
    method = stored.record.method
    entry = registry().find("method", f"{method.distribution}:{method.name}")
    if keys.code_version(entry) != method.version:
        raise UserError(
            f"the predictions of {stored.label} are not kept, and the method's code has changed since "
            f"({method.version} then, {keys.code_version(entry)} now)",
            "`bench run` fits and samples anew",
        )
    return entry, entry.load()
