"""What a plug-in declares: light descriptions; the implementation loads on first use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from downbench.errors import UserError

Cut = Literal["tile", "time", "member"]
CUTS: tuple[Cut, ...] = ("tile", "time", "member")
Training = Literal["pairs", "unpaired", "coarse only"]
TRAININGS: tuple[Training, ...] = ("pairs", "unpaired", "coarse only")
ABLATION = "ablation"  # tag of a method that is there to tell what a part of another one is worth
NEEDS_FILES = "your own data"  # tag of a dataset that is nothing without files
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


@dataclass(frozen=True, kw_only=True)
class Info:
    """Name, place and title of one plug-in object.

    Args:
        name: what users type; lower case letters, digits, ``-``, ``_`` and ``.`` (it becomes a folder name).
        target: ``"module:attribute"``, imported on first use.
        title: one line for people.
        tags: free labels, shown by ``bench list``. Two say more: :data:`ABLATION` and :data:`NEEDS_FILES`.
        reference: paper or page that defines it.

    Raises:
        UserError: the name or the target is malformed.
    """

    kind: ClassVar[str] = ""
    name: str
    target: str
    title: str = ""
    tags: tuple[str, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UserError(
                f"{self.kind} name {self.name!r} is not allowed",
                "use lower case letters, digits, '-', '_' and '.', and begin with a letter or digit",
            )
        if self.target.count(":") != 1:
            raise UserError(f"target {self.target!r} of {self.kind} {self.name!r} is not 'module:attribute'")


class PresetCost(NamedTuple):
    """What a preset took where it was measured, so that others can be told before they begin.

    Attributes:
        fit: CPU seconds of a fit.
        sample: CPU seconds for a million values (cells, frames and members) of samples.
        steps: parameter that the time of a fit is proportional to: another value of it scales the fit.
        free: parameters that change neither time. Where any further one differs, nothing is known.
    """

    fit: float
    sample: float
    steps: str = "train_steps"
    free: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MethodInfo(Info):
    """A downscaling method.

    Args:
        probabilistic: samples differ between members; a deterministic method returns one member.
        past: coarse frames before a frame that the method looks at.
        future: coarse frames after it.
        window: frames that are produced together, counted from the start of a sequence.
        whole_record: it takes statistics, such as quantiles, of the whole coarse record that it is handed,
            so that every frame depends a little on all others.
        refines_time: it can make several fine frames of a coarse one, such as hours of a day; all three
            above then count coarse frames. Without it, datasets that ask for that are refused.
        cuts: how the work of sampling may be spread over processes: by ``"tile"``, by ``"time"`` too where
            a frame does not need the samples of the frames before it, by ``"member"`` where a member is the
            same, to the bit, whichever others are sampled with it. What ranks, orders or finishes members
            together is not cut so. Samples are the same however they are cut; a method that is not cut in
            time would only do the frames before a cut once more.
        training: what its fit reads: ``"pairs"`` of coarse and fine fields; ``"unpaired"``, the fine rain
            without the coarse fields; or ``"coarse only"``, the coarse fields without the fine rain. What it
            does without is not handed to it, and lists, tables and boards say so.
        costs: what its presets took, by their names; ``""`` for a method without presets.

    Raises:
        UserError: a cut, or a kind of training, that there is not.
    """

    kind: ClassVar[str] = "method"
    probabilistic: bool = True
    past: int = 0
    future: int = 0
    window: int = 1
    whole_record: bool = False
    refines_time: bool = False
    cuts: tuple[Cut, ...] = ("tile",)
    training: Training = "pairs"
    costs: Mapping[str, PresetCost] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if wrong := [cut for cut in self.cuts if cut not in CUTS]:
            raise UserError(
                f"method {self.name!r} cannot be cut by {wrong[0]!r}", f"the cuts are {', '.join(CUTS)}"
            )
        if self.training not in TRAININGS:
            raise UserError(
                f"method {self.name!r} cannot be trained on {self.training!r}",
                f"training is one of: {', '.join(TRAININGS)}",
            )


@dataclass(frozen=True, kw_only=True)
class CheckInfo:
    """How ``bench verify`` works a metric out a second time, without any code of the metric or of scoring.

    Ours may differ by ``absolute + relative * |theirs|``.

    Args:
        target: ``"module:function"``, a function of a :class:`downbench.Subset` that returns component to
            value, in the metric's unit.
        by: the package or function that does the work, for the table.
        relative: tolerance, as a share of the independent value.
        absolute: tolerance, in the metric's unit.
        why: what sets the tolerance.
        on: the ``"scene"`` of a few frames of all tiles, or the ``"sequence"`` of more frames of a part.
        package: that has to be installed; the check is left out without it.
        often: our value is that of the frames a thousand times over, where few values give none.
        scale: ``"module:function"`` of a subset, what ``relative`` is a share of in place of ``|theirs|``.
        ours: ``"module:function"`` of :class:`downbench.Totals`, compared in place of the metric's value.
    """

    target: str
    by: str
    relative: float
    absolute: float
    why: str
    on: Literal["scene", "sequence"] = "scene"
    package: str = ""
    often: bool = False
    scale: str = ""
    ours: str = ""


@dataclass(frozen=True, kw_only=True)
class MetricInfo(Info):
    """A metric; its unit, direction and definition stand on the class.

    Args:
        default: part of the standard set; one that is not (a slow one) is worked out only when named.
        check: how ``bench verify`` works it out a second time.
        plain: what its value says, in plain words, for the metric's page on the leaderboard.
        pitfall: what it does not notice, or how it misleads.
        formula: in LaTeX without dollar signs, set as MathML on the same page.
        best: value of a perfect forecast where that is neither zero nor the upper end of the metric's range;
            without it, a score that is better the higher it is, without end, allows no ratio of errors.
    """

    kind: ClassVar[str] = "metric"
    default: bool = True
    plain: str = ""
    pitfall: str = ""
    formula: str = ""
    best: float | None = None
    check: CheckInfo | None = None


@dataclass(frozen=True, kw_only=True)
class DatasetInfo(Info):
    """A dataset.

    Args:
        licence: of the data.
        card: file that describes the data; the target is then a function of its path that returns the class.
        record: file, without its ending, that others have the same data in.
    """

    kind: ClassVar[str] = "dataset"
    licence: str = ""
    card: str = ""
    record: str = ""


@dataclass(frozen=True, kw_only=True)
class StudyInfo(Info):
    """A study; the target is a :class:`downbench.Study`."""

    kind: ClassVar[str] = "study"


@dataclass(frozen=True, kw_only=True)
class CommandInfo(Info):
    """A subcommand of ``bench``.

    The target is a plain typed function, as Typer takes it, or a mapping from names to such functions: then
    ``bench NAME`` has subcommands of its own.
    """

    kind: ClassVar[str] = "command"
