"""Statistics of the stand-in beside real rain: ``python -m downbench_datasets.statistics_table [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from downbench_datasets.reading.open_record import open_record
from downbench_datasets.shared.statistics import rain_statistics
from downbench_datasets.standin.blocks import FRAMES_PER_DAY, Parameters, fields

BANDS = {  # from real rain at 25 km and 3 h
    "wet": "0.08-0.10",
    "p99": "1.4-3.1",
    "p99.9": "3-10",
    "p99.99": "5-18.5",
    "max": "",
    "lag1": "0.48-0.56",
    "slope": "1.9-2.5",
    "kept_variance": "0.40-0.46",
}


def table(paths: list[Path]) -> str:
    """Statistics of the whole default stand-in and of files with rain, as a Markdown table."""
    parameters = Parameters()
    rain = fields(parameters, 0, parameters.days * FRAMES_PER_DAY)[1]
    columns = {"stand-in": rain_statistics(rain.to_numpy())}
    columns |= {path.stem: rain_statistics(open_record(path).rain.to_numpy()) for path in paths}
    rows = [["statistic", "band", *columns], ["---"] * (2 + len(columns))]
    for name, band in BANDS.items():
        rows.append([name, band, *(f"{values[name]:.3g}" for values in columns.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    print(table([Path(argument) for argument in sys.argv[1:]]))
