"""``bench data stats``: what rain a record has."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from downbench_datasets.commands.options import Json, Root, Set, settings_of

EXAMPLES = ("bench data stats rain.nc other.nc",)
_COLUMNS = ("wet", "p99", "p99.9", "p99.99", "max", "lag1", "kept_variance")


def stats(
    data: Annotated[
        list[str], typer.Argument(metavar="DATA", help="Datasets, cards (.yaml), files, stores or folders.")
    ],
    data_root: Root = None,
    set_: Set = None,
    json: Json = False,
) -> list[dict[str, Any]]:
    """Show size, step, wet fraction, quantiles, memory and the variance that block means keep.

    Quantiles are over all valid values, dry ones too. Wet is above 0.1 mm/h. lag1 is the correlation of a
    frame with the next one. kept_variance is that of block means of the factor.
    """
    from downbench_datasets.looking.statistics import describe
    from downbench_datasets.looking.target import target_of

    settings = settings_of(set_)
    rows = [describe(target_of(one, data_root, settings)) for one in data]
    if not json:
        for row in rows:
            print("\n".join(_lines(row)))
    return rows


def _lines(row: dict[str, Any]) -> list[str]:
    shape = "x".join(str(size) for size in row["shape"])
    step = "-" if row["step_h"] is None else f"{row['step_h']:g} h"
    values = "  ".join(f"{name} {row[name]:.3g}" for name in _COLUMNS if row[name] is not None)
    read = "" if row["frames_read"] == row["shape"][0] else f", of {row['frames_read']} frames"
    return [row["data"], f"  {shape}, step {step}, valid {row['valid']:.1%}{read}", f"  {values} (mm/h)"]
