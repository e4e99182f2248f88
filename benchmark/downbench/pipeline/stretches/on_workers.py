"""What workers of a cluster do with stretches: sample and score them, or sample and store them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from downbench.pipeline.cluster.recipe import telling_where
from downbench.pipeline.cluster.scoring import metrics_of
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import device_facts
from downbench.pipeline.stretches.cutting import Chunks, runs_of
from downbench.pipeline.stretches.ensemble_recipe import EnsembleRecipe, ensemble_of
from downbench.pipeline.stretches.ledger import part_of
from downbench.pipeline.stretches.notes import Note, from_the_start, notes_on, write_note
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.scored import Scored, Spent, load, path_of, save
from downbench.pipeline.stretches.scoring import score_stretch
from downbench.pipeline.stretches.storing import store_stretch
from downbench.scoring.reading import ChunkTask
from downbench.store.record_parts import Device
from downbench.store.run_directory import PARTIAL

_one_at_a_time = Lock()  # in a process: methods and libraries may keep state of their own


class Piece(NamedTuple):
    """Chunks of one tile, the folder of their files, and the parts in which each is worked out."""

    chunks: Chunks
    folder: str
    cut: int = 1


def score_on_worker(recipe: EnsembleRecipe, piece: Piece) -> list[tuple[ChunkTask, Scored]]:
    """Sample and score some chunks; what comes of them is sent back.

    Each is kept in its file as soon as it is there, where this worker can write it, and those that have one
    are not done again: neither the end of a worker nor that of the client loses more than a chunk.
    """
    import dask

    with telling_where(), _one_at_a_time, dask.config.set(scheduler="synchronous"):
        # lazy fields are no work for the cluster
        plan, method = ensemble_of(recipe)
        metrics = metrics_of(recipe.metrics, recipe.frames.plugins)
        folder = Path(piece.folder)
        there = _kept(folder, piece.chunks)
        for run in runs_of(chunk for chunk in piece.chunks if chunk not in there):
            for chunk, scored in score_stretch(plan, method, metrics, run, piece.cut):
                there[chunk] = scored
                with suppress(OSError):  # the client keeps what is sent back
                    save(path_of(folder, chunk), scored)
        return [(chunk, there[chunk]) for chunk in piece.chunks]


def _kept(folder: Path, chunks: Chunks) -> dict[ChunkTask, Scored]:
    """What is in the files of chunks; those without one, or with one that is damaged, are left out."""
    there = {}
    for chunk in chunks:
        with suppress(ValueError):
            there[chunk] = load(path_of(folder, chunk))
    return there


def store_on_worker(recipe: EnsembleRecipe, stretch: Stretch) -> tuple[Rain, Spent, Device]:
    """Sample a stretch and write it into the predictions, whose folder every worker sees.

    What another worker has written of it, which died before its end, is not sampled again.
    """
    import dask

    with telling_where(), _one_at_a_time, dask.config.set(scheduler="synchronous"):
        plan, method = ensemble_of(recipe)
        rain, spent, store, part = Rain(), Spent(), plan.directory.sample / PARTIAL, part_of(stretch)
        for note in from_the_start(notes_on(store, part), stretch.start, stretch.stop):
            rain.add(note.rain)
            stretch = stretch._replace(start=note.stop)
        if stretch.start < stretch.stop:
            for written, counted, took in store_stretch(plan, method, stretch, store):
                write_note(store, part, Note(written.start, written.stop, counted))
                rain.add(counted)
                spent.add(took)
        return rain, spent, device_facts(plan.device, method)


def half_of_piece(piece: Piece) -> list[Piece]:
    """The same chunks, each in twice as many parts: what takes memory is a chunk, not their number."""
    longest = max(chunk.stop - chunk.start for chunk in piece.chunks)
    return [piece._replace(cut=2 * piece.cut)] if longest >= 2 * piece.cut else []
