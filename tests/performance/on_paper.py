"""What large studies would cost, on paper: from what one finished run took, in proportion to its size.

    python tests/performance/on_paper.py RUN

``RUN`` is a score directory. Seconds are those that its record measured, for each value (cell, frame and
member) of its ensemble; statistics grow with frames, regions and tiles; memory follows from the length of a
chunk. Nothing here is measured at the size that it speaks of.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from downbench.cli.commands.template import size_text
from downbench.findings.stored_run import StoredRun, open_run
from downbench.scoring.reading import chunk_length

LOOK_BACK = 16  # frames, of the standard set
COPIES = 3  # of a chunk: its members, those with the past before them, and what a metric makes of them


@dataclass(frozen=True)
class Study:
    """Six square tiles of so many cells along an edge, so many frames and members."""

    name: str
    edge: int
    frames: int
    members: int
    factor: int = 8
    predictors: int = 9


STUDIES = (
    Study("global 25 km, 1 year 3-hourly, 16 members", 384, 2_920, 16),
    Study("global 25 km, 1 year hourly, 16 members", 384, 8_760, 16),
    Study("global 3 km, 10 years 3-hourly, 32 members", 3_072, 29_220, 32),
)


def row(study: Study, run: StoredRun, sizes: dict[str, float]) -> list[str]:
    """Cells of the table."""
    cells = 6 * study.edge**2
    values = cells * study.frames * study.members
    sample, score = (
        values * (cost.wall_s or 0.0) / sizes["values"] / 3600
        for cost in (run.record.cost.sample, run.record.cost.score)
    )
    statistics = sizes["statistics"] / run.record.frames.n * study.frames
    tile = study.members * study.edge**2
    chunk = (chunk_length(tile, LOOK_BACK) + LOOK_BACK) * tile * 4 * COPIES
    read = 4 * cells * study.frames * (1 + study.predictors / study.factor**2)
    sent = 6 * sizes["sent"] / run.record.frames.n * study.frames
    return [
        study.name,
        f"{values:.1e}",
        f"{sample:,.0f} h",
        f"{score:,.0f} h",
        size_text(chunk),
        size_text(4 * values),
        size_text(statistics),
        size_text(read),
        size_text(sent),
    ]


def sizes_of(run: StoredRun, tiles: int, cells: int) -> dict[str, float]:
    """Values that a run scored, and bytes of its statistics on disk and in memory."""
    record = run.record
    folder = run.directory / "statistics.zarr"
    return {
        "values": float(record.frames.n * tiles * cells * record.members),
        "statistics": float(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())),
        "sent": float(sum(values.nbytes for values in run.statistics.arrays.values())),
    }


def main(folder: str, tiles: int = 6, edge: int = 96) -> None:
    """Print the table; tiles and cells along their edge are those of the run, the stand-in's by default."""
    run = open_run(Path(folder))
    sizes = sizes_of(run, int(tiles), int(edge) ** 2)
    record = run.record
    print(
        f"from {record.method.name} on {record.dataset.label}, {record.frames.n} frames, {record.members} "
        f"members, {record.cost.sample.wall_s} s of sampling on {record.device.name}, "
        f"{record.cost.score.wall_s} s of scoring\n"
    )
    titles = ["study", "values", "sampling", "scoring", "memory of a worker", "samples (`all`)"]
    titles += ["statistics", "read by workers", "sent back"]
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for study in STUDIES:
        print("| " + " | ".join(row(study, run, sizes)) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
