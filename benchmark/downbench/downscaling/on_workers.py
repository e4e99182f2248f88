"""``bench apply`` on the workers of a cluster, which all see its input, its model and its output."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

from downbench.contracts.method import Method
from downbench.downscaling.fine_store import rain_of
from downbench.downscaling.ledger import Work
from downbench.downscaling.making import Made, make
from downbench.downscaling.request import ApplyRequest, make_request
from downbench.errors import DownbenchError, RunFailed
from downbench.pipeline.cluster.recipe import be_the_same, lacking, telling_where, this_worker
from downbench.pipeline.cluster.tasks import tasks_for, work_on_cluster
from downbench.pipeline.cluster.versions import release
from downbench.pipeline.stretches.cutting import group_count, groups_of, halves_of, pieces_of
from downbench.pipeline.stretches.notes import Note, from_the_start, notes_on, write_note
from downbench.plugins.session import Options, options

_one_at_a_time = Lock()  # in a process: methods and libraries may keep state of their own


@dataclass(frozen=True)
class ApplyRecipe:
    """From which a worker makes the same request; plain and hashable."""

    release: str
    plugins: Options
    asked: str
    identity: str
    partial: str


def members_together(request: ApplyRequest, scheduler: str) -> int:
    """Members of a group that workers make by itself: all, unless pieces are few and the method allows it."""
    pieces = request.source.fields.sizes["tile"]
    if "time" in request.cuts:
        pieces *= request.made.stop - request.made.start
    return -(-request.members // group_count(tasks_for(scheduler), pieces, request.members, request.cuts))


def whole_pieces(request: ApplyRequest, together: int | None) -> list[Work]:
    """All that is to be made: tiles, pieces of time, and groups of so many members."""
    groups = groups_of(request.members, together or request.members)
    return [
        Work(tile, number, 0, (piece.stop - piece.first) * request.time_factor, group)
        for tile in range(request.source.fields.sizes["tile"])
        for number, piece in enumerate(request.pieces)
        for group in groups
    ]


def make_on_cluster(
    request: ApplyRequest, scheduler: str, missing: list[Work], partial: Path, note: Callable[[Made], None]
) -> tuple[float, float]:
    """Have workers make what is missing.

    Returns:
        Seconds on the clock and of the processor, added up over the workers.

    Raises:
        RunFailed: the method breaks its contract, or the cluster fails.
    """
    recipe = ApplyRecipe(
        release=release(),
        plugins=options(),
        asked=json.dumps(request.asked, sort_keys=True),
        identity=json.dumps(request.identity, sort_keys=True),
        partial=str(partial.resolve()),
    )
    spent = [0.0, 0.0]

    def done(_: tuple[Work, ...], result: tuple[list[Made], float, float]) -> None:
        made, wall, cpu = result
        spent[0] += wall
        spent[1] += cpu
        for one in made:
            note(one)

    every = rain_of(partial).chunks[1]

    def halves(task: tuple[Work, ...]) -> list[tuple[Work, ...]]:
        return halves_of_task(request, task, every)

    def cut(pieces: int) -> list[tuple[Work, ...]]:
        return cut_work(request, missing, every, pieces)

    work_on_cluster(scheduler, make_on_worker, recipe, cut, done, halves)
    return spent[0], spent[1]


def cut_work(
    request: ApplyRequest, missing: Iterable[Work], every: int, pieces: int
) -> list[tuple[Work, ...]]:
    """Cut work into about so many tasks, none of which writes into a chunk of the output that another does.

    Args:
        request: whose method says whether it may be cut in time.
        missing: what is to be made.
        every: frames in a chunk of the output.
        pieces: how many tasks are wanted.
    """
    missing = list(missing)
    frames = sum(work.stop - work.start for work in missing)
    length = max(frames // max(pieces, 1), 1) if "time" in request.cuts else max(frames, 1)
    cut = []
    for work in missing:
        shift = request.pieces[work.piece].first * request.time_factor - request.made.start
        for start, stop in pieces_of((work.start + shift, work.stop + shift), length, every):
            cut.append((start, stop, work._replace(start=start - shift, stop=stop - shift)))
    tasks: list[list[Work]] = []
    cut.sort(key=lambda one: (*_apart(one[2]), one[0]))
    for _, ordered in groupby(cut, lambda one: _apart(one[2])):
        last_chunk = -1  # that the task before has written into
        for start, stop, work in ordered:
            if start // every == last_chunk:
                tasks[-1].append(work)
            else:
                tasks.append([work])
            last_chunk = (stop - 1) // every
    return [tuple(task) for task in tasks]


def _apart(work: Work) -> tuple[int, int]:
    """Tile and first member: what differs in them has no chunk of the output in common."""
    return work.tile, work.group[0] if work.group else 0


def halves_of_task(request: ApplyRequest, task: tuple[Work, ...], every: int) -> list[tuple[Work, ...]]:
    """A task in two that write no chunk of the output in common; nothing where that cannot be."""
    shifts = [request.pieces[work.piece].first * request.time_factor - request.made.start for work in task]
    whole = task[0].start + shifts[0], task[-1].stop + shifts[-1]
    halves = []
    for low, high in halves_of(whole, every):
        parts = [
            work._replace(start=max(work.start, low - shift), stop=min(work.stop, high - shift))
            for work, shift in zip(task, shifts, strict=True)
        ]
        halves.append(tuple(part for part in parts if part.start < part.stop))
    return halves


@lru_cache(maxsize=2)
def request_of(recipe: ApplyRecipe) -> tuple[ApplyRequest, Method]:
    """The request of a recipe in this process, and the fitted method.

    Raises:
        RunFailed: this worker lacks something, or it sees another input or model.
    """
    be_the_same(recipe.release, recipe.plugins)
    asked: dict[str, Any] = json.loads(recipe.asked)
    paths = {name: Path(asked[name]) if asked[name] else None for name in ("run", "coarse", "static")}
    try:
        request = make_request(**{**asked, **paths})
        method = request.load()
    except DownbenchError as error:
        raise lacking(error) from error
    if json.dumps(request.identity, sort_keys=True) != recipe.identity:
        raise RunFailed(
            f"{this_worker()} sees another input or model than the client",
            "all machines need the same release, and the same files at the same paths",
        )
    if not Path(recipe.partial).is_dir():
        raise RunFailed(
            f"{this_worker()} does not see the output at {recipe.partial}",
            "choose an --out that every worker sees",
        )
    return request, method


def make_on_worker(recipe: ApplyRecipe, task: tuple[Work, ...]) -> tuple[list[Made], float, float]:
    """Make and write some frames; what was made, and the seconds that it took."""
    import dask

    with telling_where(), _one_at_a_time, dask.config.set(scheduler="synchronous"):
        # lazy fields are no work for the cluster
        request, method = request_of(recipe)
        wall, cpu = time.perf_counter(), time.process_time()
        made = [one for work in task for one in _made(request, method, work, Path(recipe.partial))]
        return made, time.perf_counter() - wall, time.process_time() - cpu


def _made(request: ApplyRequest, method: Method, work: Work, partial: Path) -> Iterator[Made]:
    """What is written of some work: by another worker, which died before its end, and now."""
    restart = work.start
    for note in from_the_start(notes_on(partial, work.part), work.start, work.stop):
        yield Made(work._replace(start=note.start, stop=note.stop), note.restart, note.rain)
        work, restart = work._replace(start=note.stop), note.restart
    if work.start == work.stop:
        return
    for made in make(request, method, work, restart, partial):
        write_note(partial, work.part, Note(made.work.start, made.work.stop, made.rain, made.restart))
        yield made
