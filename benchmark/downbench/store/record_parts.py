"""The parts that records of runs share: what was run on what, where, and what came out.

A description that ends in square brackets gives the unit there.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from downbench.scoring.relation import POINTS, Relation


class Part(BaseModel):
    """A part of a record: frozen, without unknown keys, and without numbers that JSON cannot write."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Cost(Part):
    """What a stage cost, as it measured itself; null where that was lost with a killed process."""

    wall_s: float | None = Field(description="Time on the clock [s]")
    cpu_s: float | None = Field(description="Processor time of this process, over all its threads [s]")
    peak_memory_mb: float | None = Field(description="Largest resident memory [MiB]")
    memory_source: str = Field(description="Where the figure of memory comes from, or why there is no cost")
    s_per_day_member: float | None = Field(
        default=None, description="Sampling only: time on the clock per simulated day and member [s]"
    )
    read: Literal["predictions", "statistics", "model"] | None = Field(
        default=None,
        description="Scores that were worked out again: what they were worked out from; "
        "model where predictions that were not kept were sampled again",
    )


class Device(Part):
    """Where a stage was worked out."""

    name: str = Field(description="Device as torch names it, for instance cpu or cuda")
    cpus: int | None = Field(description="Processors of the machine")
    machine: str = Field(description="Architecture of the machine")
    threads: int | None = Field(default=None, description="Threads of torch, if it was loaded")
    model: str | None = Field(default=None, description="Model of the GPU, if there was one")
    chosen: dict[str, bool | int | float | str] = Field(
        default={}, description="What the method chose by itself for this device, as the size of its batches"
    )


class Overlap(Part):
    """Whether a model has seen, when it was fitted, what it is scored on."""

    verdict: Literal["none", "overlap", "unknown"] = Field(description="What is known about it")
    reason: str = Field(description="Why this is the verdict")


class TrainingData(Part):
    """What weights had been fitted on, where they were fitted elsewhere."""

    label: str = Field(description="Label of the dataset")
    standin: bool = Field(description="Whether it was a synthetic stand-in")
    fingerprint: str = Field(description="Fingerprint of its content")
    step_hours: float = Field(description="Time between its frames [h]")
    splits: dict[str, str] = Field(description="What its splits held")


class TrackPart(Part):
    """A shift: the method was fitted on one dataset and is scored on another."""

    name: str = Field(description="Name of the track")
    training: TrainingData = Field(description="What the method was fitted on")
    overlap: Overlap = Field(description="Whether that overlaps with what is scored")


class WeightsSource(Part):
    """Weights that took the place of fitting."""

    digest: str = Field(description="SHA-256 of their content")
    fit: str = Field(description="Key of their fit")
    version: str = Field(description="Version of the method's code that fitted them")
    seed: int = Field(description="Seed of their fit")
    budget: float | None = Field(description="Time that their fit was given [s]")
    cost: Cost = Field(description="Cost of their fit")
    training: TrainingData = Field(description="What they were fitted on")
    overlap: Overlap = Field(description="Whether that overlaps with what is scored")


class SubmissionPart(Part):
    """Predictions that were handed in; what their authors declare of them is not measured."""

    file: str = Field(description="Name of the file or store")
    path: str | None = Field(description="Where it stood; null in an archive")
    content: str = Field(description="SHA-256 of its content")
    members: int = Field(description="Members in it")
    authors: list[str] = Field(description="Who made the predictions, as declared")
    licence: str = Field(description="How others may use them, as declared")
    training_data: str = Field(description="What the method was trained on, as declared")
    cost: str = Field(description="What training and sampling took, as declared")
    findings: list[str] = Field(description="Checks of `bench validate` that warn of something")


class MethodPart(Part):
    """The method, with all its parameters."""

    name: str = Field(description="Name of the method")
    distribution: str = Field(description="Distribution or plug-in file that brings it")
    version: str = Field(description="Version of its code, with a hash of the source where that can change")
    title: str = Field(description="Title for people")
    probabilistic: bool = Field(description="Whether its members differ")
    preset: str | None = Field(description="Preset that the configuration began with, if it has presets")
    configuration: dict[str, Any] = Field(description="All parameters, defaults included")
    parameters: dict[str, int] = Field(description="Number of trained parameters by part of the model")
    training: str = Field(
        default="pairs", description="What its fit reads: pairs, unpaired (fine rain alone), or coarse only"
    )
    finishing: dict[str, str] = Field(
        default_factory=dict, description="What finishes its samples beside the method itself, in a few words"
    )
    reference: str = Field(description="Paper or page that defines it")
    tags: list[str] = Field(description="Free labels")
    weights: WeightsSource | None = Field(description="Weights that took the place of fitting, if any did")
    submission: SubmissionPart | None = Field(
        default=None, description="The file, where predictions were handed in and there is no code"
    )


class RelationPart(Part):
    """Coarse rain against the area-weighted mean of the fine rain, over valid coarse cells."""

    perfect: bool = Field(description="Whether coarse rain is that mean, to rounding")
    frames: int = Field(description="Number of coarse frames that were looked at")
    cells: int = Field(description="Number of valid coarse cells in them")
    correlation: float | None = Field(description="Correlation of both over cells and times")
    bias_ratio: float | None = Field(description="Mean coarse rain over mean fine rain")
    rmse: float | None = Field(description="Root mean square difference [mm/h]")


class DatasetPart(Part):
    """The dataset, with all its parameters."""

    name: str = Field(description="Name of the dataset")
    variant: str = Field(description="Which data of that name these are")
    label: str = Field(description="Name and variant for people")
    standin: bool = Field(description="Whether it is a synthetic stand-in for real data")
    licence: str = Field(description="Licence of the data")
    card: str = Field(default="", description="Card in a file of the user that describes the data, if any")
    fingerprint: str = Field(description="SHA-256 of content, splits and time bins")
    block_bins: int | None = Field(default=None, description="Time bins in a resampling block")
    block_hours: float | None = Field(default=None, description="Length of a resampling block [h]")
    factor: int = Field(description="Fine cells along the edge of a coarse cell")
    time_factor: int = Field(default=1, description="Fine frames in the time of a coarse one")
    coarse_parts: int = Field(
        default=1, description="Coarse frames in the time of a fine one, which are predictors"
    )
    step_hours: float = Field(description="Time between frames [h]")
    configuration: dict[str, Any] = Field(description="All parameters, defaults included")
    relation: dict[str, RelationPart] = Field(
        default_factory=dict, description="How coarse and fine rain are related, by split, as measured"
    )
    notes: list[str] = Field(description="What every table says of this dataset")
    splits: dict[str, str] = Field(description="What each split holds")
    outlines: list[list[list[float]]] = Field(
        default_factory=list,
        description="Edge of each tile of the test split, as longitude and latitude, if any [degrees]",
    )
    other_outlines: dict[str, list[list[list[float]]]] = Field(
        default_factory=dict,
        description="The same of train and validation, where they lie elsewhere [degrees]",
    )
    predictors: list[str] = Field(description="Coarse fields that methods are given")

    @property
    def relation_text(self) -> str:
        """How coarse and fine rain of the test split are related, for people."""
        measured = self.relation.get("test")
        if measured is None:
            return POINTS if self.factor == 1 else "relation of coarse to fine unknown"
        return Relation(**measured.model_dump()).text


class FramesPart(Part):
    """The frames that were scored, the same for every method."""

    key: str = Field(description="SHA-256 of the dataset's fingerprint and the frames' times")
    n: int = Field(description="Number of time steps")
    first: str = Field(description="Time of the first one, UTC")
    last: str = Field(description="Time of the last one, UTC")


class RainPart(Part):
    """What the method returned before negative rain was clipped."""

    negative_fraction: float = Field(description="Share of cells with negative rain")
    minimum: float = Field(description="Lowest value, 0 where none is negative [mm/h]")


class Origin(Part):
    """The archive that a run was imported from."""

    archive: str = Field(description="SHA-256 of the archive")
    exported: str = Field(description="When the archive was written, UTC")
    release: str = Field(description="Release of downbench that wrote it")


class MetricPart(Part):
    """What a metric says of itself."""

    title: str = Field(description="Title for people")
    distribution: str = Field(description="Distribution or plug-in file that brings it")
    unit: str = Field(description="Unit of its values")
    direction: Literal["lower", "higher", "zero", "none"] = Field(description="Which values are better")
    range: list[float | None] = Field(description="Lowest and highest possible value; null is no bound")
    definition: str = Field(description="Definition in one sentence")
    reference: str = Field(description="Paper or page that defines it")
    headline: str = Field(description="Component that stands for the metric in tables")
    tags: list[str] = Field(description="Free labels, as the groups that tables show together")
    fair: bool = Field(description="Whether its expectation is the same for any number of members")
    version: int = Field(description="Version of its definition")


class ScoreRow(Part):
    """One value: a metric's component in a region and season, or the reason why there is none."""

    metric: str = Field(description="Name of the metric")
    component: str = Field(description="Which of its values this is; empty where it has but one")
    region: str = Field(description="Region, all for the whole domain")
    season: str = Field(description="Season or hour of day, all for the whole time")
    value: float | None = Field(description="The value, in the unit of the row")
    low: float | None = Field(description="Lower end of its 95 % interval, in the unit of the row")
    high: float | None = Field(description="Upper end of its 95 % interval, in the unit of the row")
    unit: str = Field(description="Unit of the value")
    n: int = Field(description="Scored time steps or time bins")
    n_eff: int | None = Field(description="Resampling blocks in them; null where there are no blocks")
    members: int = Field(description="Members of the ensemble")
    reason: str | None = Field(description="Why there is no value")
    reason_interval: str | None = Field(description="Why there is no interval")


class CurvePart(Part):
    """A curve for people, over the whole domain and time."""

    x: list[float | None] = Field(description="Abscissa, as labelled")
    series: dict[str, list[float | None]] = Field(description="Ordinates of each series, as labelled")
    x_label: str = Field(description="Label of the abscissa with its unit")
    y_label: str = Field(description="Label of the ordinate with its unit")
    log_x: bool = Field(description="Whether the abscissa is logarithmic")
    log_y: bool = Field(description="Whether the ordinate is logarithmic")
