"""Rain rates that metrics of events share, and how they are named."""

from __future__ import annotations

THRESHOLDS = (0.1, 1.0, 4.0)  # mm/h: wet; about p98 and p99.9 of 3-hourly rain at 25 km
HEAVY = (1.0, 4.0)
WET = 0.1


def label(threshold: float) -> str:
    """Component of a threshold: ``"0.1 mm/h"``, ``"4 mm/h"``."""
    return f"{threshold:g} mm/h"
