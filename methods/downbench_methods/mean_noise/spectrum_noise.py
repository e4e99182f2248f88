"""Control ``mean-spectrum-noise``: the network of ``mean-noise`` plus noise with the residual's spectrum.

Structure in space that needs no learning: normal scores of the residual in training data have an isotropic
spectrum, and so has the noise that is mapped through the residual's quantiles. What a generative method has
beyond it is what the spectrum and the prediction do not tell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from downbench_methods.base.sampling import Array
from downbench_methods.mean_noise.method import MeanNoise
from downbench_methods.mean_noise.spectrum import IsotropicSpectrum

SPECTRUM = "spectrum.json"


class MeanSpectrumNoise(MeanNoise):
    """Deterministic Swin-IR plus Gaussian noise with the residual's spectrum and quantiles."""

    spectrum = IsotropicSpectrum()

    def fit_structure(self, scores: Array, valid: NDArray[np.bool_]) -> None:
        """Fit the spectrum of normal scores (n, 2, H, W)."""
        if valid.any():
            self.spectrum = IsotropicSpectrum.fit(zip(scores - scores[valid].mean(), valid, strict=True))

    def white_shape(self, size: tuple[int, int]) -> tuple[int, int]:
        """Wider than the frame, by as far as noise is correlated."""
        return self.spectrum.shape(size)

    def structured(self, white: Array) -> Array:
        """Noise with the spectrum."""
        return self.spectrum.colour(white)

    def save(self, directory: Path) -> None:
        """Write what ``mean-noise`` writes, and spectrum.json."""
        super().save(directory)
        (directory / SPECTRUM).write_text(self.spectrum.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        method = super().load(directory)
        text = (directory / SPECTRUM).read_text(encoding="utf-8")
        method.spectrum = IsotropicSpectrum.model_validate_json(text)
        return method
