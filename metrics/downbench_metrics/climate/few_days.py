"""The indices of however few days there are: what ``bench verify`` compares, on its few frames."""

from __future__ import annotations

from functools import partial

from downbench import Null, Totals
from downbench_metrics.climate.indices import CDD, CWD, SDII, ClimateIndex, R10mm, R20mm, R95p, Rx1day


def _errors(totals: Totals, index: ClimateIndex) -> dict[str, float | Null]:
    return index.errors(totals, least=1)


rx1day, sdii, cdd, cwd, r10mm, r20mm, r95p = (
    partial(_errors, index=index()) for index in (Rx1day, SDII, CDD, CWD, R10mm, R20mm, R95p)
)
