"""Sentences and commands that several pages need."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import Any

from downbench import NEEDS_FILES, DatasetInfo, __version__, data_options
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.costs import mean_cost
from downbench_leaderboard.pages.render import duration, number, step
from downbench_leaderboard.records.cards import DatasetCard
from downbench_leaderboard.records.schema import Run

RELATION_KEYS = ("perfect", "correlation", "bias_ratio", "rmse", "frames", "cells")
_NETWORK = "network"  # the tag of what is trained
_PERFECT = "perfect model"
_PLACES = "places without coarse rain"


def add_command(board: Board) -> str:
    """The commands by which somebody's own method comes onto a board."""
    run = board.run
    parts = ["bench", "run", "--plugin", "mine.py", "-m", "mine", "-d", run.dataset.name]
    parts += ["--members", str(board.members or 1)]
    if run.limit is not None:
        parts += ["--limit", str(run.limit)]
    first = shlex.join(parts + data_options(run))
    return f"{first}\nbench leaderboard runs --out site"


def get_command(run: Run, info: DatasetInfo | None, card: DatasetInfo | None = None) -> str:
    """The commands that say what a dataset is, fetch it where a card says how, and score something on it."""
    described, name = card or info, shlex.quote(run.dataset.name if card is None else card.name)
    options = data_options(run)
    if card is not None:  # which says all that was set
        options = ["--data-root", f"path/to/{run.dataset.variant}"] if _is_by_hand(card) else []
    fetched = described is not None and described.card and not _is_by_hand(described)
    cheap = f"bench run -m bicubic -d {name} {shlex.join(options)}".rstrip()
    return "\n".join([f"bench show {name}", *([f"bench data prepare {name}"] if fetched else []), cheap])


def _is_by_hand(described: DatasetInfo) -> bool:
    """Whether a card does not say where its data are."""
    return bool(described.card) and NEEDS_FILES in described.tags


def get_words(run: Run, info: DatasetInfo | None, card: DatasetInfo | None = None) -> str:
    """Whether the data can be had by a command; where they cannot, what there is to go by.

    Args:
        run: on the data.
        info: what is registered of the dataset.
        card: one that makes the same record as the file that the run has read.
    """
    described = card or info
    if described is not None and _is_by_hand(described):
        return (
            f"The card \u201c{described.name}\u201d says what these data are and whose; "
            "no command fetches them. With a copy at hand:"
        )
    if card is not None:
        return f"The card \u201c{card.name}\u201d says where its publisher has this record, and makes it:"
    if run.dataset.standin:
        return "Nothing is fetched: the suite generates these fields, the same on every machine."
    if info is not None and info.card:
        return "The suite fetches and prepares these data:"
    return (
        "The record names no address of these data; their licence says whose they are. “bench list datasets” "
        "has those that the suite fetches itself. With a copy at hand:"
    )


def bibtex(board: Board) -> str:
    """How to cite the numbers of a board, to their very frames."""
    day, label = board.updated[:10], board.label.replace("{", "").replace("}", "")
    return (
        "@misc{downbench,\n"
        "  author = {{The downbench developers}},\n"
        "  title = {downbench: a benchmark suite for precipitation downscaling},\n"
        f"  note = {{Version {__version__}, protocol {board.run.protocol}; leaderboard of {label},\n"
        f"          frames {board.run.frames.key[:12]}, runs up to {day}}},\n"
        f"  year = {{{day[:4]}}}\n}}"
    )


def relation_text(dataset: DatasetCard) -> str:
    """How coarse and fine rain of a dataset are related, as its record says."""
    measured = dataset.relation.get("test")
    if measured is None:
        if any(_PLACES in note for note in dataset.notes):
            return "There is no coarse rain: predictions are held against stations, at the nearest cell."
        perfect = any(_PERFECT in note for note in dataset.notes)
        return (
            "Coarse rain is the mean of the fine truth (a perfect model)."
            if perfect
            else "The record does not say how coarse and fine rain are related."
        )
    if measured.perfect:
        return "Coarse rain is the mean of the fine truth (a perfect model), as measured."
    figures = {
        "correlation": measured.correlation,
        "ratio of the means": measured.bias_ratio,
        "root mean square difference in mm/h": measured.rmse,
    }
    text = ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if value is not None)
    return f"Coarse rain is a field of its own, not the mean of the fine truth: {text or 'no figures'}."


def file_words(run: Run) -> str:
    """What data of files are, as far as their record says it."""
    own = run.dataset
    every = f" every {step(own.step_hours)}" if own.step_hours is not None else ""
    finer = f"{number(own.factor)} times finer than what methods are given"
    return f"Rain{every}, {finer}, read from files named {own.variant}."


def beyond_words(curves: Mapping[str, Any]) -> str:
    """What rain is exceeded how often, from the curve of quantiles; empty where there is none."""
    chart = curves.get("quantiles")
    if chart is None or chart["y_label"] != "rain [mm/h]":
        return ""
    points = [
        (x, y) for x, y in zip(chart["x"], chart["shared"]["truth"], strict=False) if None not in (x, y)
    ]
    shares = [(1 / times, f"one in {times:,}") for times in (10, 100, 1000, 10_000)]
    texts = [
        f"{number(y, 3)} mm/h in {words}"
        for share, words in shares
        for x, y in points
        if math.isclose(x, share, rel_tol=1e-6)
    ]
    return f"Of all cells and times, rain exceeds {', '.join(texts)}." if texts else ""


def direction_words(direction: str, top: float | None, unit: str) -> str:
    """How to read the values of a metric."""
    scale = f" in {unit}" if unit not in ("", "1") else ""
    texts = {
        "lower": f"Lower values{scale} are better; zero is exact.",
        "higher": f"Higher values{scale} are better{'' if top is None else f', up to {top:g}'}.",
        "zero": f"Values nearer zero{scale} are better; the sign says to which side a method errs.",
        "none": f"Neither high nor low values{scale} are better.",
    }
    return texts[direction]


def _hours(hours: Any) -> str | None:
    return None if hours is None else step(hours)


def fitting_words(board: Board) -> str:
    """With which presets a board's networks were fitted, and in what time; empty where there are none.

    Of what methods are today: what they were once, or with other settings, says so beside its name.
    """
    rows = [row for i, row in enumerate(board.rows) if i not in board.former]
    networks = [row for row in rows if _NETWORK in row.run.method.tags and row.run.method.weights is None]
    costs = [mean_cost([entry.run for entry in row.entries])["fit"] for row in networks]
    times = [time for time in costs if time is not None]
    if not times:
        return ""
    presets = sorted({row.run.method.preset or "no preset" for row in networks})
    ends = dict.fromkeys(duration(time) for time in (min(times), max(times)))
    return f"Networks were fitted with {' or '.join(presets)}, in {' to '.join(ends)} of a processor each."


def facts_of(run: Run) -> dict[str, Any]:
    """What a dataset is, in a few lines."""
    dataset = run.dataset
    ends = [time[:16].replace("T", " ") for time in (run.frames.first, run.frames.last) if time]
    in_time = {"fine frames in the time of a coarse one": dataset.time_factor}
    return {
        "factor": dataset.factor,
        "time step": _hours(dataset.step_hours),
        **(in_time if dataset.time_factor not in (None, 1) else {}),
        "resampling block": _hours(dataset.block_hours),
        "predictors": dataset.predictors,
        "frames": ", ".join([number(run.frames.n), *([" to ".join(ends)] if ends else [])]),
        "fingerprint": dataset.fingerprint,
    }
