"""What workers of a cluster do with stretches: sample and score them, or sample and store them."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from downbench.pipeline.cluster.recipe import telling_where
from downbench.pipeline.cluster.scoring import metrics_of
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import device_facts
from downbench.pipeline.stretches.cutting import Chunks
from downbench.pipeline.stretches.ensemble_recipe import EnsembleRecipe, ensemble_of
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.scored import Scored, Spent
from downbench.pipeline.stretches.scoring import score_stretch
from downbench.pipeline.stretches.storing import store_stretch
from downbench.scoring.reading import ChunkTask
from downbench.store.record_parts import Device
from downbench.store.run_directory import PARTIAL

_one_at_a_time = Lock()  # in a process: methods and libraries may keep state of their own


class Piece(NamedTuple):
    """Chunks of one tile, each worked out in so many parts."""

    chunks: Chunks
    cut: int = 1


def score_on_worker(recipe: EnsembleRecipe, piece: Piece) -> list[tuple[ChunkTask, Scored]]:
    """Sample and score some chunks; what comes of them is sent back."""
    import dask

    with telling_where(), _one_at_a_time, dask.config.set(scheduler="synchronous"):
        # lazy fields are no work for the cluster
        plan, method = ensemble_of(recipe)
        metrics = metrics_of(recipe.metrics, recipe.frames.plugins)
        return list(score_stretch(plan, method, metrics, piece.chunks, piece.cut))


def store_on_worker(recipe: EnsembleRecipe, stretch: Stretch) -> tuple[Rain, Spent, Device]:
    """Sample a stretch and write it into the predictions, whose folder every worker sees."""
    import dask

    with telling_where(), _one_at_a_time, dask.config.set(scheduler="synchronous"):
        plan, method = ensemble_of(recipe)
        rain, spent = Rain(), Spent()
        for _, counted, took in store_stretch(plan, method, stretch, plan.directory.sample / PARTIAL):
            rain.add(counted)
            spent.add(took)
        return rain, spent, device_facts(plan.device, method)


def half_of_piece(piece: Piece) -> list[Piece]:
    """The same chunks, each in twice as many parts: what takes memory is a chunk, not their number."""
    longest = max(chunk.stop - chunk.start for chunk in piece.chunks)
    return [piece._replace(cut=2 * piece.cut)] if longest >= 2 * piece.cut else []
