"""Noise that moves with rain and forgets scale by scale: large cells of rain outlive small ones.

Along its motion the residual of radar rain at 5 minutes has a correlation of about 0.8 at wavelengths of 30
cells, and of less than 0.1 at 3 cells. Noise with one memory for all scales forgets its large ones too fast.
Here the noise of a frame is

    n_t = A * S n_(t-1) + B * e_t,   A(k)^2 + B(k)^2 = 1 at each wavenumber k,

where S moves it by the nearest cell, e is new white noise, and A and B are filters in Fourier space. White
noise so stays white, with unit variance, for every A.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from downbench import SampleContext
from downbench_methods.fields.noise_in_time import Array, Carry, NoiseInTime

# wavenumbers in cycles per cell that part the bands, and where the memory of each is taken to hold
EDGES = (1 / 32, 1 / 16, 1 / 8, 1 / 4)
CENTRES = (1 / 48, 1 / 22, 1 / 11, 1 / 6, 1 / 3)
LEAST, MOST = 0.01, 0.99  # correlation from frame to frame


def wavenumbers(height: int, width: int) -> Tensor:
    """Of the real Fourier transform of a field, in cycles per cell, (height, width // 2 + 1)."""
    return torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width))


def band_correlation(before: Tensor, now: Tensor, counted: Tensor) -> Tensor:
    """Correlation of two fields band by band of wavenumbers.

    Args:
        before: (B, H, W); now: the same shape; counted: where both are known.

    Returns:
        (bands,), from coherence over all fields; zero where a band has no power.
    """
    height, width = before.shape[-2:]
    rows, columns = (torch.hann_window(n, False, device=before.device) for n in (height, width))
    taper = rows[:, None] * columns * counted
    mean = [(x * taper).sum() / taper.sum().clamp(min=1e-6) for x in (before, now)]
    a, b = (torch.fft.rfft2((x - m) * taper) for x, m in zip((before, now), mean, strict=True))
    band = torch.bucketize(wavenumbers(height, width), torch.tensor(EDGES), right=True).to(before.device)
    sums = [
        before.new_zeros(len(CENTRES)).index_add(0, band.flatten(), power.sum(0).flatten())
        for power in ((a * b.conj()).real, a.abs().square(), b.abs().square())
    ]
    return sums[0] / (sums[1] * sums[2]).sqrt().clamp(min=1e-12)


def band_memory(correlation: Tensor, hours: float) -> Tensor:
    """E-folding times in hours of correlations between frames so many hours apart; 0 where there is none."""
    memory = -hours / correlation.clamp(1e-6, MOST).log()
    return torch.where(correlation > LEAST, memory, torch.zeros_like(memory))


class MovingNoise(NoiseInTime):
    """Standard normal noise of the frames of one tile that moves, with a memory for each band.

    Args:
        times: of the whole sequence.
        shape: of the noise of a frame, (H, W).
        memory: e-folding times of :data:`CENTRES` in hours; 0 is none.
        carry: moves noise to the next frame.
    """

    def __init__(
        self,
        context: SampleContext,
        members: int,
        times: NDArray[np.datetime64],
        shape: Sequence[int],
        memory: Tensor,
        carry: Carry,
    ) -> None:
        super().__init__(context, members, times, shape, 1.0)
        self.carry, self.memories = carry, memory.double()

    def _step(self) -> None:
        self.frame += 1
        white = self._white([self.frame])[:, 0]
        if self.frame == 0:
            self.last = white
            return
        assert self.carry is not None
        before, inside = self.carry(self.last, self.frame)
        shape = (self.members, *self.shape)
        fresh = self.context.normal(self.members, self.times[[self.frame]], self.shape, "noise from outside")
        moved = np.where(inside, before, fresh[:, 0]).reshape(shape)
        hours = float((self.times[self.frame] - self.times[self.frame - 1]) / np.timedelta64(1, "h"))
        self.last = self._mixed(moved, white, hours)

    def _mixed(self, moved: Array, white: Array, hours: float) -> Array:
        """What of both is in the noise of a frame, scale by scale."""
        r = torch.where(self.memories > 0, torch.exp(-hours / self.memories.clamp(min=1e-9)), 0.0)
        height, width = self.shape
        k = wavenumbers(height, width).clamp(CENTRES[0], CENTRES[-1]).log()
        lasting = np.interp(k.numpy(), np.log(CENTRES), r.numpy()).astype(np.float32)
        new = np.sqrt(1 - lasting**2)
        both = (torch.fft.rfft2(torch.from_numpy(x)) for x in (moved, white))
        parts = (torch.from_numpy(w) * x for w, x in zip((lasting, new), both, strict=True))
        return torch.fft.irfft2(sum(parts), s=(height, width)).numpy()
