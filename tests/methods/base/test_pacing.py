"""Batches that fit the device, on a device made up of an injected clock and memory."""

import numpy as np
import pytest
import torch

from downbench import DownbenchWarning, RunFailed
from downbench_methods.base.device_meter import Meter, meter_of
from downbench_methods.base.pacing import FIRST_CELLS, LEAST_CELLS, Pacer, paced
from downbench_methods.networks.ways import Way, ways_for

FRAME = 2**12


class MadeUp:
    """A device: 1 s for each batch beside 1 s for so many cells, and 100 bytes for each cell.

    Args:
        fast: cells up to which a batch takes no longer than a single one.
        room: cells that its memory holds.
    """

    def __init__(self, fast=2**19, room=2**40, limit=1e15):
        self.fast, self.room, self.now, self.peak, self.speed = fast, room, 0.0, 0.0, 1.0
        self.meter = Meter(lambda: self.now, lambda: self.peak, limit)
        self.sizes = []

    def work(self, frames, noise):
        cells = len(frames) * FRAME
        if cells > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.sizes.append(cells)
        self.now += max(cells, self.fast) / self.fast / self.speed
        self.peak = max(self.peak, 100.0 * cells)
        return noise.copy()


def noise_of(frames):
    return np.array(frames, np.float32)[None, :, None]


def run(pacer, device, start=0, frames=8000):
    parts = list(paced(pacer, range(start, frames), FRAME, noise_of, device.work))
    seen = [f for some, _ in parts for f in some]
    assert seen == list(range(seen[0], frames))  # each once and in order
    assert seen[0] <= start
    assert np.concatenate([rain[0, :, 0] for _, rain in parts]).tolist() == seen  # with its own noise
    return [some for some, _ in parts]


@pytest.mark.parametrize("fast", [2**17, 2**19, 2**21])
def test_batches_double_until_they_are_no_quicker(fast):
    device = MadeUp(fast)
    pacer = Pacer(FIRST_CELLS, None, device.meter)
    run(pacer, device)
    assert pacer.cells == fast
    assert device.sizes[:4] == [2**16, 2**16, 2**17, 2**18]
    assert device.sizes[-2] == fast  # the last may have fewer frames


def test_batches_stay_within_memory():
    device = MadeUp(2**22, limit=100 * 2**18 + 1)
    pacer = Pacer(FIRST_CELLS, None, device.meter)
    run(pacer, device)
    assert pacer.cells == 2**18
    assert device.peak <= 100 * 2**18


def test_without_a_meter_nothing_is_measured():
    device, pacer = MadeUp(), Pacer(5 * FRAME)
    whole = run(pacer, device, frames=98)
    assert set(device.sizes[:-1]) == {5 * FRAME}
    assert pacer.chosen() == {"batch_cells": 5 * FRAME}
    assert run(pacer, device, start=63, frames=98) == whole[12:]  # the same batches, hence the same bits


@pytest.mark.parametrize("most", [1, 10, 25, 1000])
def test_batches_hold_every_frame_once_and_at_most_so_many_cells(most):
    cut = run(Pacer(most * FRAME // 5), MadeUp(), 3, 17)
    assert all(len(batch) * 5 <= most or len(batch) == 1 for batch in cut)


@pytest.mark.parametrize("start", range(9))
def test_a_frame_shares_its_batch_with_the_same_frames_wherever_sampling_begins(start):
    whole = run(Pacer(4 * FRAME), MadeUp(), 0, 17)
    assert run(Pacer(4 * FRAME), MadeUp(), start, 17) == whole[start // 4 :]


def test_out_of_memory_halves_the_batch_says_so_once_and_is_remembered():
    device = MadeUp(2**22, room=2**18 + 1)
    pacer = Pacer(FIRST_CELLS, None, device.meter)
    with pytest.warns(DownbenchWarning, match="262144 cells") as said:
        run(pacer, device)
    assert len(said) == 1
    assert max(device.sizes) == pacer.cells == 2**18
    run(pacer, device)  # the next tile


def test_a_device_without_room_for_anything_is_an_error():
    device = MadeUp(room=1)
    with pytest.raises(RunFailed, match="smallest batch"), pytest.warns(DownbenchWarning):
        list(paced(Pacer(4 * LEAST_CELLS), range(9), FRAME, noise_of, device.work))


def test_ways_are_kept_where_they_are_quicker():
    device, log = MadeUp(), []

    def way(name, speed, **more):
        return Way(name, lambda: set_speed(name, speed), lambda: set_speed("no " + name, 1.0), **more)

    def set_speed(name, speed):
        log.append(name)
        device.speed = speed

    def refuse():
        raise RuntimeError("view size is not compatible")

    slow, quick, long = way("slow", 0.9), way("quick", 2.0), way("long", 9.0, least=1e9)
    broken = Way("broken", within=refuse)
    pacer = Pacer(FIRST_CELLS, None, device.meter, (slow, broken, quick, long))
    run(pacer, device)
    assert log == ["slow", "no slow", "quick"]
    assert pacer.chosen() == {"batch_cells": 2**19, "quick": True}


def test_what_is_tried_on_a_cpu():
    network = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.Conv2d(3, 2, 3))
    [last] = ways_for(network, "cpu")
    x = torch.randn(2, 2, 9, 9)
    before = network(x)
    last.on()
    assert network(x).is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(network(x), before)
    last.off()
    assert network(x).is_contiguous()
    assert [way.name for way in ways_for(network, "cuda")] == ["channels_last", "bf16", "compiled"]
    assert ways_for(torch.nn.Linear(2, 2), "cpu") == ()
    meter = meter_of("cpu")
    assert meter.limit > 1e6
    assert meter.memory() > 1e7
