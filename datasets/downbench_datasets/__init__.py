"""Built-in datasets of downbench."""

from __future__ import annotations

from pathlib import Path

from downbench import NEEDS_FILES, CommandInfo, DatasetInfo, hookimpl
from downbench_datasets.cards.info import card_info, cards_in

SHIPPED = Path(__file__).parent / "cards" / "shipped"


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """Declare the built-in datasets."""
    return [
        DatasetInfo(
            name="xshield",
            target="downbench_datasets.xshield.xshield:XShield",
            title="X-SHiELD and FV3GFS, 200 km to 25 km, 3-hourly; an embedded stand-in without --data-root",
            tags=("global", "cubed-sphere", "8x"),
            reference="arXiv:2312.06071",
        ),
        DatasetInfo(
            name="files",
            target="downbench_datasets.files.rain_files:RainFiles",
            title="Rain in files of your own, coarsened by block means or paired with coarse rain",
            tags=("regional", NEEDS_FILES),
        ),
        DatasetInfo(
            name="stations",
            target="downbench_datasets.stations.stations:Stations",
            title="Gauges in a table of your own, for predictions that are handed in",
            tags=(NEEDS_FILES,),
        ),
        *cards_in(SHIPPED),
    ]


@hookimpl
def downbench_dataset_of(path: Path) -> DatasetInfo:
    """Describe the dataset of a card in a file."""
    return card_info(path)


@hookimpl
def downbench_records() -> dict[str, str]:
    """Declare the card, for ``bench schema card``."""
    return {"card": "downbench_datasets.cards.card:Card"}


@hookimpl
def downbench_commands() -> list[CommandInfo]:
    """Declare ``bench data``."""
    return [
        CommandInfo(
            name="data",
            target="downbench_datasets.commands.data:COMMANDS",
            title="List, check, prepare and draw datasets",
        )
    ]
