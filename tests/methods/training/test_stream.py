"""Training data that stay on disk: the order of examples, their distribution, what is read, what is held."""

import tracemalloc
from dataclasses import replace
from itertools import islice, product

import dask.array as da
import numpy as np
import pytest
import torch
import xarray as xr
from scipy.stats import chisquare
from sequences import make_sequence, shower_sequence

from downbench import DIMS, block_mean
from downbench_methods.fields.transform import Transform, fit_transform
from downbench_methods.training.blocks import Blocks, cells
from downbench_methods.training.clips import Clips
from downbench_methods.training.stream import Stream

LANES = 4


def lazy(data, frames=5):
    return replace(data, coarse=data.coarse.chunk(time=frames), fine=data.fine.chunk(time=frames, y=16))


def clips(memory=1e6):
    data = [lazy(shower_sequence(23, (48, 32), tiles=2, wet=0.5, relief=True, warmup=2))]
    transform = fit_transform(data, "log1p", 0.1)
    found = Clips(data, transform, 8, 16, 3, seed=1, memory=memory)
    found.in_memory = False  # so small that they would be
    return found


def steps(first, count, share=slice(None)):
    return [range(k * LANES, (k + 1) * LANES)[share] for k in range(first, first + count)]


def equal(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_order_follows_from_the_seed_and_not_from_the_threads_or_the_first_step():
    plain = list(Stream(clips(), LANES, 6, 0).batches(steps(0, 20)))
    threads = list(Stream(clips(), LANES, 6, 3).batches(steps(0, 20)))
    later = list(Stream(clips(), LANES, 6, 2).batches(steps(13, 7)))
    assert all(map(equal, plain, threads))
    assert all(map(equal, plain[13:], later))
    assert [batch["index"].tolist() for batch in plain] == [list(piece) for piece in steps(0, 20)]


def test_processes_share_out_what_one_alone_would_train_on():
    whole = list(Stream(clips(), LANES, 6, 0).batches(steps(0, 10)))
    for share in (slice(0, 2), slice(2, 4)):
        part = Stream(clips(), LANES, 6, 1).batches(steps(0, 10, share))
        for batch, all_of_it in zip(part, whole, strict=True):
            assert equal(batch, {name: value[share] for name, value in all_of_it.items()})


def test_examples_are_patches_of_the_data():
    source = clips()
    batch = next(iter(Stream(source, LANES, 6, 0).batches([range(40, 60)])))
    whole = [source.sources[0].window(tile, *(slice(0, n) for n in (23, 6, 4)))[1] for tile in (0, 1)]
    for i in range(20):
        rain = source.transform.inverse(batch["fine"][i].numpy())
        expected = source.transform.forward(block_mean(rain, 8))
        np.testing.assert_allclose(batch["coarse"][i, :, 0], expected, atol=1e-3)
        relief = block_mean(batch["relief"][i, 0].numpy(), 8)
        np.testing.assert_allclose(batch["coarse"][i, 0, 1], relief, atol=1e-4)
        t = int(batch["time"][i])
        origins = product(whole, range(0, 33, 8), range(0, 17, 8))
        cut = [rain[t : t + 3, y : y + 16, x : x + 16] for rain, y, x in origins]
        assert any(np.allclose(batch["fine"][i], one) for one in cut)


class Held(Blocks):
    """Blocks of a sequence that is held whole: what they draw, without the time that reading takes."""

    def __init__(self, clips, lanes, reuse, fine):
        super().__init__(clips, lanes, reuse)
        self.rain = fine
        self.coarse = clips.transform.forward(block_mean(fine, 8))[:, None]

    def _read(self, block):
        extents = (self.clips.length, *self.clips.extent(block.source))
        t, y, x = (slice(s.start, s.stop + n - 1) for s, n in zip(block.origins, extents, strict=True))
        return self.coarse[t, :, y, x], self.rain[t, block.source.fine(y), block.source.fine(x)]


def test_patches_across_the_edges_of_chunks_are_as_likely_as_others():
    """Rain that tells where it is: each of 9 x 3 x 2 origins is drawn as often, three chunks in time."""
    number = np.arange(10 * 4 * 3, dtype=np.float32).reshape(10, 4, 3)
    fine = 1 + number.repeat(8, 1).repeat(8, 2)
    source = Clips([lazy(make_sequence(fine), 3)], Transform(), 8, 16, 2, seed=3, memory=1e4)
    source.in_memory = False
    blocks = Held(source, 1, 1, fine)
    blocks.edges = [cells(source, source.sources[0], 1e9)]
    assert [list(edges) for edges in blocks.edges[0]] == [[0, 3, 6, 9], [0, 2, 3], [0, 2]]
    counts = np.zeros((9, 3, 2))
    for group in range(2000):
        [example] = blocks.examples(0, group, [group])
        first = float(source.transform.inverse(example["fine"].numpy())[0, 0, 0]) - 1
        counts[np.unravel_index(round(first), number.shape)] += 1
    assert chisquare(counts.ravel()).pvalue > 0.001


def test_wet_patches_are_as_frequent_as_among_examples_from_memory():
    rng = np.random.default_rng(0)
    fine = np.where(rng.random((40, 6, 6)) < 0.3, 2.0, 0.0).astype(np.float32).repeat(8, 1).repeat(8, 2)
    data = [lazy(make_sequence(fine), 4)]
    memory, disk = (Clips(data, Transform(), 8, 8, 1, seed=3, memory=bound) for bound in (4e9, 2e5))
    blocks = Held(disk, 1, 4, fine)
    assert blocks.reuse == 4
    drawn = [e for group in range(600) for e in blocks.examples(0, group, range(4 * group, 4 * group + 4))]
    from_disk, from_memory = (
        np.mean([bool(e["fine"][0, 0, 0] > Transform().dry) for e in examples])
        for examples in (drawn, [memory[i] for i in range(1500)])
    )
    assert from_disk == pytest.approx(from_memory, abs=0.05)
    assert from_disk > fine.astype(bool).mean() + 0.2  # chosen by their wet area at all


CHUNK = (10, 1, 64, 64)


class Counted:
    """An array of ones, made on the spot, that counts the chunks which a store would read for them."""

    def __init__(self, shape):
        self.shape, self.dtype, self.ndim, self.read = shape, np.dtype("float32"), len(shape), 0

    def __getitem__(self, key):
        spans = zip(key, self.shape, strict=True)
        shape = [len(range(*one.indices(size))) for one, size in spans if isinstance(one, slice)]
        whole = [one if isinstance(one, slice) else slice(one, one + 1) for one in key]
        spans = [range(size)[one] for one, size in zip(whole, self.shape, strict=True)]
        self.read += int(np.prod([r[-1] // n - r[0] // n + 1 for r, n in zip(spans, CHUNK, strict=True)]))
        return np.ones(shape, np.float32)


def on_disk(frames, size=128):
    fine = Counted((frames, 1, size, size))
    times = np.datetime64("2020-01-01", "ns") + np.arange(frames) * np.timedelta64(1, "h")
    coords = {"time": times, "tile": [0]}
    array = da.from_array(fine, CHUNK, name=False, meta=np.empty((), "float32"))
    coarse = da.ones((frames, 1, size // 8, size // 8), chunks=(10, 1, -1, -1), dtype="float32")
    sequence = shower_sequence(4)
    coarse = xr.Dataset({"precipitation": (DIMS, coarse)}, coords)
    return fine, replace(sequence, coarse=coarse, fine=xr.DataArray(array, coords, DIMS))


def test_memory_has_a_bound_however_large_the_store():
    """1 GB of rain in 12 MB, of which chunks of 160 kB take their part."""
    fine, data = on_disk(16_000)
    bound = 12e6
    assert 4 * np.prod(fine.shape) > 80 * bound
    source = Clips([data], Transform(), 8, 32, 3, seed=1, memory=bound)
    tracemalloc.start()
    batches = Stream(source, 8, 32, 2).batches([range(k, k + 8) for k in range(0, 8000, 8)])
    for _ in islice(batches, 16):
        pass
    _, peak = tracemalloc.get_traced_memory()
    batches.close()
    tracemalloc.stop()
    assert peak < bound


def test_a_reading_serves_many_examples():
    fine, data = on_disk(800)
    source = Clips([data], Transform(), 8, 32, 3, seed=1, memory=3e7)
    stream = Stream(source, 8, 32, 0)
    assert stream.blocks.reuse == 32
    for _ in stream.batches([range(k, k + 8) for k in range(0, 512, 8)]):
        pass
    streamed, fine.read = fine.read, 0
    source.batch(range(64))
    assert 3 * streamed / 512 < fine.read / 64
