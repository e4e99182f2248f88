"""Drawings of runs: maps, spectra, rank histograms, reliability and intensity, with matplotlib.

Each function returns a figure, which a notebook shows and ``savefig`` writes. Nothing global is changed:
neither pyplot's figures nor its settings. The truth is black; the other colours can be told apart by people
who do not see all colours (Okabe and Ito 2008, https://jfly.uni-koeln.de/color/).
"""

from __future__ import annotations

from downbench.errors import UserError

try:
    import matplotlib as _matplotlib
except ImportError:
    raise UserError("downbench.plot needs matplotlib", "pip install 'downbench[plot]'") from None

from downbench.plot.curves import curves, intensity, rank_histogram, reliability, spectra
from downbench.plot.maps import maps

__all__ = ["curves", "intensity", "maps", "rank_histogram", "reliability", "spectra"]
del _matplotlib
