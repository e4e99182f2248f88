"""What a record says of its metrics, its method and its data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from downbench_leaderboard.records.fields import Anything, Count, FileName, Name, Number, Part, Text


class CurveCard(Part):
    """A curve: abscissa and the ordinates of each series, with their labels."""

    x: list[Number]
    series: dict[str, list[Number]]
    x_label: Text = ""
    y_label: Text = ""
    log_x: bool = False
    log_y: bool = False


class MetricCard(Part):
    """What a metric says of itself."""

    title: Text = ""
    unit: Text = ""
    direction: Literal["lower", "higher", "zero", "none"] = "none"
    range: list[Number] = Field(default_factory=list)
    definition: Text = ""
    reference: Text = ""
    headline: Text = ""
    fair: bool = True
    distribution: Text = ""
    tags: list[str] = Field(default_factory=list)


class TrainingCard(Part):
    """What weights that were handed over had been fitted on."""

    label: Text = "other data"


class WeightsCard(Part):
    """Weights that took the place of fitting."""

    digest: Text = ""
    training: TrainingCard = Field(default_factory=TrainingCard)


class TrackCard(Part):
    """A shift: the method was fitted on other data than it is scored on."""

    name: Text = ""
    training: TrainingCard = Field(default_factory=TrainingCard)


class SubmissionCard(Part):
    """Predictions that were handed in, with what their authors declare."""

    file: FileName = ""
    authors: list[Text] = Field(default_factory=list)
    licence: Text = ""
    training_data: Text = ""
    cost: Text = ""
    findings: list[Text] = Field(default_factory=list)

    @property
    def declared(self) -> dict[str, str]:
        """What is declared, by what it is about."""
        said = {
            "authors": ", ".join(self.authors),
            "licence": self.licence,
            "training data": self.training_data,
            "cost": self.cost,
        }
        return {about: text for about, text in said.items() if text}


class MethodCard(Part):
    """Who made the predictions."""

    name: Name
    distribution: Text = ""
    version: Text = ""
    title: Text = ""
    probabilistic: bool = True
    preset: str | None = None
    configuration: Anything = Field(default_factory=dict)
    parameters: Anything = Field(default_factory=dict)
    training: Text = "pairs"
    finishing: dict[str, Text] = Field(default_factory=dict)
    reference: Text = ""
    tags: list[str] = Field(default_factory=list)
    weights: WeightsCard | None = None
    submission: SubmissionCard | None = None


class RelationCard(Part):
    """Coarse rain against the mean of the fine rain."""

    perfect: bool = False
    correlation: Number = None
    bias_ratio: Number = None
    rmse: Number = None
    frames: Number = None
    cells: Number = None


class DatasetCard(Part):
    """What was downscaled."""

    name: str
    variant: Text = ""
    label: Text = ""
    standin: bool = False
    licence: Text = ""
    fingerprint: Text = ""
    factor: Number = None
    time_factor: Number = None
    step_hours: Number = None
    relation: dict[str, RelationCard] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    splits: dict[str, Text] = Field(default_factory=dict)
    outlines: list[list[tuple[Number, Number]]] = Field(default_factory=list)
    other_outlines: dict[str, list[list[tuple[Number, Number]]]] = Field(default_factory=dict)
    predictors: list[str] = Field(default_factory=list)
    configuration: Anything = Field(default_factory=dict)
    block_hours: Number = None

    @property
    def shown(self) -> str:
        """Label as every number of it carries it: a stand-in always says so."""
        label = self.label or (f"{self.name} ({self.variant})" if self.variant else self.name)
        return label if "stand-in" in label or not self.standin else f"{label} (stand-in)"


class FramesCard(Part):
    """Which frames were scored."""

    key: Text = ""
    n: Count = None
    first: Text = ""
    last: Text = ""
