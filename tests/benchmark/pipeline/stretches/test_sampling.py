"""A stretch is a part of the whole to the bit, whether it is handed on, stored or scored."""

from __future__ import annotations

import numpy as np
import pytest
import zarr

from downbench.pipeline.contract_check import Rain
from downbench.pipeline.fit import fit
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.stretches import sampling as sampling_
from downbench.pipeline.stretches import storing
from downbench.pipeline.stretches.examples import example_fields
from downbench.pipeline.stretches.sampling import Stretch, coarse_pieces, sampled
from downbench.pipeline.stretches.scoring import score_stretch
from downbench.pipeline.stretches.storing import open_array, store_stretch
from downbench.pipeline.stretches.time_pieces import CONTEXT
from downbench.scoring.reading import ChunkTask

pytestmark = pytest.mark.usefixtures("small_chunks")


@pytest.fixture
def whole(stored):
    """Members of tile 1 of the first sequence, as they are stored."""
    one, _ = stored
    return zarr.open_group(one.directory.predictions, mode="r")["s0"][:, :, 1]


def test_a_stretch_is_a_part_of_the_whole(stored, whole):
    sampling = stored[0].sampling
    blocks = list(sampled(sampling, load_model(sampling), Stretch(0, 1, 4, 11), [6, 11], Rain()))
    assert [(at, block.shape[1]) for at, block in blocks] == [(4, 2), (6, 5)]
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks], axis=1), whole[:, 4:11])


@pytest.mark.parametrize("most", [1, 7])
def test_a_record_that_does_not_fit_into_memory_is_read_in_pieces(stored, whole, monkeypatch, most):
    """A method that looks at no other frame does not notice; no frame of a piece is made twice."""
    monkeypatch.setattr(sampling_, "MOST_COARSE", most * 4 * 8 * 8)
    plan = stored[0].sampling
    sequence = plan.frames.sequences[0]
    pieces = coarse_pieces(plan, sequence)
    assert len(pieces) == -(-sequence.coarse.sizes["time"] // most) - (most == 1) * sequence.warmup
    assert max(piece.end - piece.begin for piece in pieces) <= most + CONTEXT
    for stretch in (Stretch(0, 1, 0, 18), Stretch(0, 1, 5, 16)):
        blocks = list(sampled(plan, load_model(plan), stretch, [9, stretch.stop], Rain()))
        made = np.concatenate([block for _, block in blocks], axis=1)
        np.testing.assert_array_equal(made, whole[:, stretch.start : stretch.stop])


def test_a_stretch_is_stored_chunk_by_chunk_with_what_it_counted(stored, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(storing, "CHUNK_BYTES", 4 * 4 * 3 * 64 * 64)
    sampling = stored[0].sampling
    array = open_array(sampling, 0, tmp_path)
    every = array.chunks[1]
    assert every == 4
    written = list(store_stretch(sampling, load_model(sampling), Stretch(0, 1, every, 18), tmp_path))
    assert [part.start for part, _, _ in written] == list(range(every, 18, every))
    np.testing.assert_array_equal(array[:, every:, 1], whole[:, every:])
    assert np.isnan(array[:, :every, 1]).all()
    assert sum(rain.cells for _, rain, _ in written) == np.isfinite(whole[:, every:]).sum()


def test_a_chunk_in_two_parts_gives_the_same_statistics_to_rounding(stored):
    sampling, metrics = stored[0].sampling, dict(stored[0].metrics.metrics)
    chunks, method = [ChunkTask(0, 0, 5, 10), ChunkTask(0, 0, 10, 15)], load_model(sampling)
    one, two = (list(score_stretch(sampling, method, metrics, chunks, cut)) for cut in (1, 2))
    for (_, whole), (_, halved) in zip(one, two, strict=True):
        assert halved.rain == whole.rain
        np.testing.assert_array_equal(halved.part.steps, whole.part.steps)
        for name, values in whole.part.arrays.items():
            np.testing.assert_allclose(halved.part.arrays[name], values, rtol=1e-12, err_msg=name)


def test_examples_are_three_wet_frames_of_one_tile(stored, plan, tmp_path):
    one = plan(tmp_path)
    fit(one)
    tile, chosen = one.frames.shown
    assert (len(chosen), sorted(chosen)) == (3, chosen)
    fields = example_fields(one.frames, lambda t, frame: np.full((3, 64, 64), 100 * t + frame))
    assert fields["members"].dims == ("member", "time", "y", "x")
    np.testing.assert_array_equal(fields["members"][0, :, 0, 0], [100 * tile + frame for frame in chosen])
