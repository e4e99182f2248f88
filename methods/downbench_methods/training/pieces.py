"""The batches of a step, in the pieces that processes go through them in."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import torch
from torch import Tensor

from downbench import DownbenchWarning, RunFailed, UserError
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.stream import Stream


def piece_size(settings: TrainingConfig, processes: int) -> int:
    """Clips of one piece of one process.

    Raises:
        UserError: the batch cannot be shared out.
    """
    pieces = processes * settings.accumulate
    if settings.batch % pieces:
        raise UserError(
            f"a batch of {settings.batch} clips cannot be shared out to {processes} processes in "
            f"{settings.accumulate} pieces each",
            f"set 'batch' to a multiple of {pieces}",
        )
    return settings.batch // pieces


def smaller_pieces(settings: TrainingConfig, processes: int, error: Exception) -> TrainingConfig:
    """Settings with twice as many pieces of a step, for a device that has too little memory.

    Raises:
        RunFailed: a piece cannot be halved, or other processes would not know of it.
    """
    pieces = 2 * settings.accumulate
    if processes > 1 or settings.batch % pieces:
        raise RunFailed(
            "the device is out of memory in training",
            "set 'accumulate' higher, lower 'patch', or use another device",
        ) from error
    warnings.warn(
        f"out of memory: from now on a step of training is gone through in {pieces} pieces",
        DownbenchWarning,
        stacklevel=3,
    )
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return settings.model_copy(update={"accumulate": pieces})


def batches(
    clips: Clips, settings: TrainingConfig, first: int, process: tuple[int, int], device: torch.device
) -> Iterator[dict[str, Tensor]]:
    """A process's pieces of step ``first`` and after, on its device.

    Args:
        process: its number, and how many there are.
    """
    rank, processes = process
    size = piece_size(settings, processes)

    def indices() -> Iterator[range]:
        for step in range(first, settings.train_steps):
            for piece in range(settings.accumulate):
                start = step * settings.batch + (piece * processes + rank) * size
                yield range(start, start + size)

    stream = None if clips.in_memory else Stream(clips, settings.batch, settings.reuse, settings.workers)
    for batch in stream.batches(indices()) if stream else map(clips.batch, indices()):
        yield {name: value.to(device) for name, value in batch.items()}
