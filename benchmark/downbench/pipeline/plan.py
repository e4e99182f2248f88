"""The plan of one run: method, configuration, frames, keys and directories, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.configuration import Config, build_config
from downbench.contracts.method import Method
from downbench.errors import DownbenchError, Unsuited, UserError
from downbench.guard import running
from downbench.isolation.limits import IN_PROCESS, Isolation
from downbench.models.overlap import find_overlap
from downbench.models.shift import track_part
from downbench.models.weights import Weights, weights_for
from downbench.pipeline.cost import pick_device
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.named_datasets import card_of
from downbench.pipeline.predictions import Keep, what_is_kept
from downbench.pipeline.sampling_plan import SamplingPlan, method_seed
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.scoring.frames import Frames
from downbench.scoring.measured_relation import measure_splits
from downbench.store import keys
from downbench.store.record_parts import DatasetPart, MethodPart, RelationPart, SubmissionPart, TrackPart
from downbench.store.run_directory import RunDirectory


@dataclass(frozen=True)
class Plan:
    """One method with one configuration and seed on the frames of one dataset."""

    entry: Registration
    method_class: type[Method]
    config: Config
    preset: str | None
    seed: int
    members: int
    budget: float | None
    device: str
    role: str
    frames: Frames
    metrics: MetricSet
    runs: Path
    scheduler: str | None = None  # address of a cluster that samples and scores; says nothing about results
    hours: bool = False
    weights: Weights | None = None  # handed over, in place of fitting
    isolation: Isolation = IN_PROCESS  # says nothing about results
    keep: Keep | None = None  # of the samples, None by their size; says nothing about results
    wanted_device: str = "auto"  # as it was asked for, for workers, which choose one of their own
    submission: SubmissionPart | None = None  # predictions that were handed in, in place of code
    earlier: tuple[str, ...] = ()  # configurations that the same command runs before, as evaluations has them
    called: str = ""  # among the runs of its command, where several are of its method

    @property
    def info(self) -> MethodInfo:
        """The method's description."""
        assert isinstance(self.entry.info, MethodInfo)
        return self.entry.info

    @property
    def name(self) -> str:
        """The method's, with what tells it from other runs of the same command where there are such."""
        return self.called or self.info.name

    @property
    def label(self) -> str:
        """For progress bars."""
        return f"{self.name} on {self.frames.label}"

    @property
    def method_seed(self) -> int:
        """Seed of everything random in this run, derived from names."""
        return method_seed(self.entry, self.seed)

    @cached_property
    def directory(self) -> RunDirectory:
        """Where the run stands."""
        config = self.config.model_dump(mode="json")
        sampling = {key: config.pop(key) for key in sorted(self.method_class.sampling_parameters)}
        trained = self.frames.trained
        weights = self.weights.digest if self.weights else None
        with running(f"method {self.info.name!r}", self.method_class, UserError):
            inputs = self.method_class.inputs_digest(self.config)
        fit = keys.fit_key(self.entry, config, trained.fingerprint(), self.seed, self.budget, weights, inputs)
        sample = keys.sample_key(fit, sampling, self.frames.key, self.members)
        score = keys.score_key(sample, self.metrics.versions(), self.frames.region_names, self.hours)
        return RunDirectory(self.runs, trained.name, self.info.name, fit, sample, score)

    @property
    def sampling(self) -> SamplingPlan:
        """What sampling needs of it."""
        return SamplingPlan(
            label=self.label,
            entry=self.entry,
            method_class=self.method_class,
            config=self.config,
            seed=self.seed,
            members=self.members,
            device=self.device,
            frames=self.frames,
            directory=self.directory,
            scheduler=self.scheduler,
            wanted_device=self.wanted_device,
        )

    @property
    def kept(self) -> Keep:
        """What is kept of the samples."""
        return what_is_kept(self.keep, self.frames, self.members)

    @property
    def scoring(self) -> ScoringPlan:
        """What scoring needs of it."""
        return ScoringPlan(
            label=self.label,
            frames=self.frames,
            metrics=self.metrics,
            predictions=self.directory.predictions,
            members=self.members,
            probabilistic=self.info.probabilistic,
            hours=self.hours,
            scheduler=self.scheduler,
        )

    def method_part(self, counted: bool = True) -> MethodPart:
        """What the records say of the method.

        Args:
            counted: False for the record of a failed run: what the method's code says of itself may be what
                failed, and is left out where it fails again.
        """
        predictors = len(self.frames.trained.predictors) + ("topography" in self.frames.sequences[0].static)
        weights = self.weights.source(self.frames) if self.weights else None
        marks = self._marks()
        if weights:
            marks += ["not fitted here", f"overlap with training data: {weights.overlap.verdict}"]
        parameters: Mapping[str, int] = {}
        if self.weights:
            parameters = self.weights.card.method.parameters
        elif counted:
            with running(f"method {self.info.name!r}", self.method_class):
                parameters = self.method_class.parameters(self.config, predictors)
        return MethodPart(
            name=self.info.name,
            distribution=self.entry.distribution,
            version=keys.code_version(self.entry),
            title=self.info.title,
            probabilistic=self.info.probabilistic,
            preset=self.preset if self.method_class.presets else None,
            configuration=self.config.model_dump(mode="json"),
            parameters=dict(parameters),
            training=self.info.training,
            finishing=self._finishing(counted),
            reference=self.info.reference,
            tags=[*self.info.tags, *marks],
            weights=weights,
            submission=self.submission,
        )

    def _finishing(self, surely: bool) -> dict[str, str]:
        try:
            with running(f"method {self.info.name!r}", self.method_class):
                return dict(self.method_class.finishing(self.config))
        except DownbenchError:
            if surely:
                raise
            return {}

    def _marks(self) -> list[str]:
        """Parameters that suit coarse rain which is the mean of the fine, where it is not."""
        if self.frames.coarse_is_mean:
            return []
        suited = self.method_class.where_not_mean
        differing = {name: getattr(self.config, name) for name in suited}
        return [
            f"{name} {value}, although coarse rain is not the mean of the fine".lower()
            for name, value in differing.items()
            if value != suited[name]
        ]

    def track_part(self) -> TrackPart | None:
        """What the records say of a shift, where there is one."""
        return track_part(self.frames)

    def dataset_part(self, trained: bool = False) -> DatasetPart:
        """What the records say of the dataset that is scored, or of the one that is ``trained`` on."""
        dataset = self.frames.trained if trained else self.frames.dataset
        own = trained and self.frames.track is not None
        relations = measure_splits(dataset) if own else self.frames.relations
        return DatasetPart(
            name=dataset.name,
            variant=dataset.variant,
            label=dataset.label,
            standin=dataset.standin,
            licence=dataset.licence,
            card=card_of(dataset),
            fingerprint=dataset.fingerprint(),
            block_bins=max(1, int(dataset.resampling_block / dataset.time_bin)),
            block_hours=float(dataset.resampling_block / np.timedelta64(1, "h")),
            factor=dataset.factor,
            step_hours=float(dataset.step / np.timedelta64(1, "h")),
            configuration=dataset.config.model_dump(mode="json"),
            time_factor=dataset.time_factor,
            coarse_parts=dataset.coarse_parts,
            relation={split: RelationPart(**asdict(one)) for split, one in relations.items()},
            notes=list(dict.fromkeys([self.frames.relation_text, *dataset.notes])),
            splits=dict(dataset.splits),
            outlines=[] if own else self.frames.outlines,
            other_outlines={} if own else self.frames.other_outlines,
            predictors=list(dataset.predictors),
        )


def make_plan(
    entry: Registration,
    frames: Frames,
    metrics: MetricSet,
    *,
    preset: str | None,
    overrides: Mapping[str, Any],
    seed: int,
    members: int,
    budget: float | None,
    device: str,
    role: str,
    runs: Path,
    scheduler: str | None = None,
    hours: bool = False,
    weights: Path | None = None,
    isolation: Isolation = IN_PROCESS,
    keep: Keep | None = None,
) -> Plan:
    """Resolve a method's configuration and check it against the frames.

    With ``weights``, the configuration is theirs where no preset is given.

    Raises:
        UserError: bad configuration, a method that looks further back than the split's gap, or weights that
            do not suit method, configuration or dataset.
    """
    method_class = entry.load_class(Method)  # type: ignore[type-abstract]
    info = entry.info
    assert isinstance(info, MethodInfo)
    presets = method_class.presets
    source = weights_for(weights, entry, method_class) if weights is not None else None
    if source is not None and (preset is None or not presets):
        preset = source.card.method.preset or ""
        presets = {preset: source.configuration(method_class.Config)}
    suited = {} if source is not None else suited_to(method_class, preset, frames)
    config = build_config(entry.info.name, method_class.Config, presets, preset, {**suited, **overrides})
    if source is not None:
        source.check_configuration(config)
        source.check_dataset(frames)
        source.compare_scale(frames)
        overlap = find_overlap(source.card, frames)
        if overlap.verdict == "overlap":
            raise UserError(
                f"the weights of {info.name} have seen what they are scored on: {overlap.reason}",
                "score them on times that are further from their training data than the dataset's gap",
            )
        budget = source.card.budget
    if frames.dataset.points:
        raise Unsuited(
            f"{frames.dataset.label} has no coarse rain that {info.name} could downscale",
            "hand in predictions for it: `bench submit FILE --truth STATIONS.csv`",
        )
    _check_time_factor(info, frames)
    gap = frames.dataset.gap // (frames.dataset.step * frames.dataset.time_factor)
    if info.past > gap:
        raise UserError(
            f"{info.name} looks {info.past} frames back, but the gap between the splits of "
            f"{frames.dataset.label} is {gap} frames",
            "it would see training data while it is tested",
        )
    return Plan(
        entry=entry,
        method_class=method_class,
        config=config,
        preset=preset,
        seed=seed,
        members=members if info.probabilistic else 1,
        budget=budget,
        device=pick_device(device if scheduler is None else "auto"),  # workers have devices of their own
        role=role,
        frames=frames,
        metrics=metrics,
        runs=runs,
        scheduler=scheduler,
        hours=hours,
        weights=source,
        isolation=isolation,
        keep=keep,
        wanted_device=device,
    )


def suited_to(method: type[Method[Any]], preset: str | None, frames: Frames) -> dict[str, Any]:
    """Parameters that a preset sets for these frames, beside what it sets for all."""
    suited: dict[str, Any] = {}
    if preset is not None and preset in method.presets:
        suited |= method.preset_at(preset, frames.dataset.factor)
    return suited if frames.coarse_is_mean else {**suited, **method.where_not_mean}


def _check_time_factor(info: MethodInfo, frames: Frames) -> None:
    """Refuse a dataset that refines time for a method that does not.

    Raises:
        Unsuited: names the method.
    """
    dataset = frames.dataset
    if dataset.time_factor > 1 and not info.refines_time:
        raise Unsuited(
            f"{info.name} makes one fine frame of a coarse one, and {dataset.label} asks for "
            f"{dataset.time_factor}: its coarse frames last {_hours(dataset.step * dataset.time_factor)}, "
            f"its fine ones {_hours(dataset.step)}",
            f"these methods can do it: {', '.join(_refining())}; or give fine and coarse rain of one step",
        )


def _refining() -> list[str]:
    return [e.info.name for e in registry().entries("method") if getattr(e.info, "refines_time", False)]


def _hours(span: np.timedelta64) -> str:
    return f"{span / np.timedelta64(1, 'h'):g} h"
