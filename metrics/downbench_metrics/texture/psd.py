"""Distance of radially averaged power spectra."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value

_BAND = (4, 32)  # cells


class PSD(Metric):
    """How far the spectrum of a sampled field is from that of the truth, in decibels."""

    name = "psd"
    unit = "dB"
    regional = False
    headline = "all wavelengths"
    definition = (
        "square windows, plane removed, Hann; power per radial wavenumber averaged over windows and time,"
        " then 10 log10 of member over truth; root mean square over wavenumbers, evenly in log k; mean "
        "over members"
    )
    reference = "Harris et al. (2001), doi:10.1175/1525-7541(2001)002<0406:MPOASE>2.0.CO;2"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Spectra of truth and members."""
        return {which: chunk.spectrum(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """RMS distance [dB] over all wavelengths and over those of 4 to 32 cells."""
        names = ("all wavelengths", f"{_BAND[0]}-{_BAND[1]} cells")
        size = totals.info["window_size"]
        if size is None:
            return dict.fromkeys(names, Null("no fully covered window of 32 cells or more"))
        if not totals["truth"][:, 1].all():
            return dict.fromkeys(names, Null("no window is fully covered at any time"))
        truth, members = _power(totals["truth"]), _power(totals["ensemble"])
        if not (truth > 0).all():
            return dict.fromkeys(names, Null("the truth is constant in all windows"))
        if not (members > 0).all():
            return dict.fromkeys(names, Null("a member is constant in all windows"))
        decibel = 10 * np.log10(members / truth)
        number = np.arange(1, size // 2 + 1)
        weight = np.log((number + 0.5) / (number - 0.5))  # each wavenumber's share of log k
        band = (size / number >= _BAND[0]) & (size / number <= _BAND[1])
        return {
            name: float(np.sqrt((decibel**2 * use).sum(axis=1) / use.sum()).mean())
            for name, use in zip(names, (weight, weight * band), strict=True)
        }

    def curve(self, totals: Totals) -> Curve | None:
        """Mean power of truth and of members against wavenumber."""
        if totals.info["window_size"] is None or not totals["truth"][:, 1].all():
            return None
        series = {which: _power(totals[which]).mean(axis=0) for which in ("truth", "ensemble")}
        x = totals.info["wavenumber"]
        return Curve(x, series, "wavenumber [cycles per cell]", "power [(mm/h)2]", log_x=True, log_y=True)


def _power(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean power (member, k) from sums (member, 2, k)."""
    return sums[:, 0] / sums[:, 1]
