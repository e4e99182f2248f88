"""Table 1 of OF-Diff's paper, as cited: nothing of it was run here."""

from __future__ import annotations

from typing import Final, NamedTuple

SOURCE: Final = "arXiv:2312.06071, version 3, Table 1"
DATA: Final = "FV3GFS C384 ensemble, 3-hourly, 200 km to 25 km, member 11"
MEMBERS: Final = 10

# column to the power of ten that its numbers stand for, kg m-2 s-1 (MSE: squared)
SCALES: Final = {"CRPS": 1e-5, "MSE": 1e-8, "EMD": 1e-6, "PE": 1e-3, "SAE": 1e-6}


class Cited(NamedTuple):
    """A row, in units of :data:`SCALES`."""

    method: str
    crps: float
    mse: float
    emd: float
    pe: float
    sae: float


ROWS: Final = (
    Cited("STVD", 1.85, 0.59, 2.49, 1.2, 4.00),
    Cited("PSRT", 2.15, 0.66, 4.21, 3.8, 6.24),
    Cited("RVRT", 3.55, 1.73, 4.33, 3.6, 7.39),
    Cited("VRT", 3.58, 1.74, 4.61, 4.0, 7.39),
    Cited("Swin-IR-Diff", 2.29, 1.94, 6.38, 4.4, 7.70),
    Cited("VDM", 2.21, 0.73, 12.70, 6.4, 8.84),
    Cited("Swin-IR", 2.36, 2.29, 17.40, 23.40, 18.9),
    Cited("STVD, precipitation only", 1.81, 0.62, 4.64, 2.3, 6.09),
    Cited("STVD, 3 frames", 1.96, 0.68, 4.94, 2.6, 4.99),
    Cited("STVD, 1 frame", 2.05, 0.72, 7.19, 4.1, 6.87),
)
