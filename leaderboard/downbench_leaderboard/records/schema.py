"""What the leaderboard reads of ``run.json``, checked once so that the pages can trust it.

Run directories come from anywhere, so nothing here is believed: a field of the wrong type makes the run
"not shown" with that reason, and what is not finite becomes null with that reason.
"""

from __future__ import annotations

import json
import math
import re
from sys import intern
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from downbench import SCHEMA_VERSION

DEEPEST = 60  # levels of lists and objects


def finite(value: Any) -> Any:
    """Replace, at any depth, NaN and infinities by None: JSON does not have them."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def printable(value: Any) -> Any:
    """Replace, at any depth, what a page cannot be written with: halves of surrogate pairs.

    Raises:
        ValueError: nested more deeply than any run is.
    """
    if depth_of(value) > DEEPEST:
        raise ValueError("run.json is nested too deeply")
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, TypeError):
        return _printable(value)
    return value


def depth_of(value: Any) -> int:
    """Levels of lists and objects, counted no further than what is too deep."""
    levels, here = 0, [value]
    while here and levels <= DEEPEST:
        nested = [item for item in here if isinstance(item, dict | list)]
        here = [i for item in nested for i in (item.values() if isinstance(item, dict) else item)]
        levels += bool(nested)
    return levels


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value


Number = Annotated[float | None, BeforeValidator(finite)]
Anything = Annotated[dict[str, Any], BeforeValidator(lambda value: finite(value or {}))]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
FileName = Annotated[str, BeforeValidator(lambda path: re.split(r"[\\/]", str(path or ""))[-1])]


Count = Annotated[int | None, Field(ge=0, le=10**15)]  # beyond it a figure is no longer a number to show


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Score(NamedTuple):
    """One number, in ``unit``: a metric's component in a region and season; or why there is none.

    A plain tuple, since thousands of runs have hundreds of them each.
    """

    metric: str
    component: str
    region: str
    season: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: float | None
    n_eff: float | None
    members: int | None
    reason: str
    reason_interval: str


class _ScoreCard(_Part):
    metric: str
    component: Text
    region: str
    season: str
    value: Number
    low: Number = None
    high: Number = None
    unit: Text = ""
    n: Number = None
    n_eff: Number
    members: Count
    reason: str | None = None
    reason_interval: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_what_is_not_finite(cls, data: Any) -> Any:
        value = data.get("value") if isinstance(data, dict) else None
        if isinstance(value, float) and not math.isfinite(value):
            return {**data, "value": None, "reason": data.get("reason") or f"the score came out as {value}"}
        return data


_SCORES = TypeAdapter(list[_ScoreCard])


def _scores(value: Any) -> list[Score]:
    try:
        cards = _SCORES.validate_python(value)
    except ValidationError as error:
        raise ValueError(_first_mistake(error)) from None
    return [
        Score(
            intern(card.metric),
            intern(card.component),
            intern(card.region),
            intern(card.season),
            card.value,
            card.low,
            card.high,
            intern(card.unit),
            card.n,
            card.n_eff,
            card.members,
            intern(card.reason or ("" if card.value is not None else "no reason was given")),
            intern(card.reason_interval or ""),
        )
        for card in cards
    ]


def _first_mistake(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    inner = first["msg"].removeprefix("Value error, ")
    if where == "scores" and first["type"] == "value_error":  # a mistake in one of them, by its number
        return f"scores.{inner}"
    return f"{where}: {inner}" if where else inner


class CurveCard(_Part):
    """A curve: abscissa and the ordinates of each series, with their labels."""

    x: list[Number]
    series: dict[str, list[Number]]
    x_label: Text = ""
    y_label: Text = ""
    log_x: bool = False
    log_y: bool = False


class MetricCard(_Part):
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


class TrainingCard(_Part):
    """What weights that were handed over had been fitted on."""

    label: Text = "other data"


class WeightsCard(_Part):
    """Weights that took the place of fitting."""

    digest: Text = ""
    training: TrainingCard = Field(default_factory=TrainingCard)


class TrackCard(_Part):
    """A shift: the method was fitted on other data than it is scored on."""

    name: Text = ""
    training: TrainingCard = Field(default_factory=TrainingCard)


class MethodCard(_Part):
    """Who made the predictions."""

    name: str
    distribution: Text = ""
    version: Text = ""
    title: Text = ""
    probabilistic: bool = True
    preset: str | None = None
    configuration: Anything = Field(default_factory=dict)
    parameters: Anything = Field(default_factory=dict)
    finishing: dict[str, Text] = Field(default_factory=dict)
    reference: Text = ""
    tags: list[str] = Field(default_factory=list)
    weights: WeightsCard | None = None


class RelationCard(_Part):
    """Coarse rain against the mean of the fine rain."""

    perfect: bool = False
    correlation: Number = None
    bias_ratio: Number = None
    rmse: Number = None
    frames: Number = None
    cells: Number = None


class DatasetCard(_Part):
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
    predictors: list[str] = Field(default_factory=list)
    configuration: Anything = Field(default_factory=dict)
    block_hours: Number = None

    @property
    def shown(self) -> str:
        """Label as every number of it carries it: a stand-in always says so."""
        label = self.label or (f"{self.name} ({self.variant})" if self.variant else self.name)
        return label if "stand-in" in label or not self.standin else f"{label} (stand-in)"


class FramesCard(_Part):
    """Which frames were scored."""

    key: Text = ""
    n: Count = None
    first: Text = ""
    last: Text = ""


class Run(_Part):
    """One run, as the pages use it."""

    status: Literal["finished", "failed"]
    reason: Text = ""
    role: Text = "method"
    created: Text = ""
    protocol: Count = None
    method: MethodCard
    dataset: DatasetCard
    track: TrackCard | None = None
    seed: Annotated[int | None, Field(ge=-(10**30), le=10**30)] = None
    members: Count = None
    limit: Count = None
    data_root: FileName = ""  # the last part of the path: the rest is of somebody's machine
    frames: FramesCard = Field(default_factory=FramesCard)
    keys: Anything = Field(default_factory=dict)
    versions: Anything = Field(default_factory=dict)
    device: Anything = Field(default_factory=dict)
    cost: dict[str, Anything] = Field(default_factory=dict)
    rain: Anything = Field(default_factory=dict)
    metrics: dict[str, MetricCard] = Field(default_factory=dict)
    scores: Annotated[list[Score], PlainValidator(_scores)] = Field(default_factory=list)
    curves: dict[str, CurveCard] = Field(default_factory=dict)
    test_evaluations: Count = None

    @model_validator(mode="before")
    @classmethod
    def _absent_is_empty(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


def read_run(content: Any) -> Run:
    """Check the content of a ``run.json``.

    Raises:
        ValueError: says in one line what is wrong with it.
    """
    if not isinstance(content, dict):
        raise ValueError("run.json holds no object")
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ValueError(f"run.json has schema version {version!r}; this downbench reads {SCHEMA_VERSION}")
    try:
        return Run.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"run.json: {_first_mistake(error)}") from None
