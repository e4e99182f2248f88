"""From a card to a store that is read as it is: fetched, cut, checked, coarsened, in chunks for streaming."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import zarr

from downbench import UserError, cache_folder, digest_json
from downbench_datasets.fetching.gather import gather
from downbench_datasets.fetching.pieces import Tell, silent
from downbench_datasets.fetching.where import Where
from downbench_datasets.preparing.inputs import Inputs, prepare_inputs
from downbench_datasets.preparing.recipe import Recipe
from downbench_datasets.preparing.record_fields import fields_of
from downbench_datasets.preparing.steps import apply_recipe
from downbench_datasets.preparing.store_writer import KEY, write_record
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

WHOLE = ".complete"  # stands in a folder of fetched stores when all of them are there


@dataclass(frozen=True)
class Order:
    """What is to be prepared.

    Args:
        name: of the dataset.
        data: where its data are.
        home: folder that paths of the card are relative to.
        reading: how the files are read.
        recipe: what is made of them; None leaves them as they are.
        as_they_are: the files are fetched and handed over, for a reader that knows their layout.
        digest: of all this.
        inputs: predictors and static fields that are prepared with the rain; None is none.
    """

    name: str
    data: Where
    home: Path
    reading: ReadingConfig
    recipe: Recipe | None
    as_they_are: bool
    digest: str
    inputs: Inputs | None = None

    @property
    def standard_target(self) -> Path:
        """Where the dataset looks for what was prepared."""
        folder = "sources" if self.as_they_are else "prepared"
        ending = "" if self.as_they_are else ".zarr"
        return cache_folder() / folder / f"{self.name}-{self.digest[:12]}{ending}"

    @property
    def sources(self) -> Path:
        """Folder of what is fetched or unpacked."""
        return cache_folder() / "sources" / f"{self.name}-{self.digest[:12]}"


def is_prepared(path: Path) -> bool:
    """Whether a path holds a finished preparation."""
    if (path / WHOLE).is_file():
        return True
    try:
        return KEY in zarr.open_group(path, mode="r").attrs
    except Exception:  # no zarr group
        return False


def prepare(
    order: Order, source: Path | None = None, out: Path | None = None, tell: Tell = silent, wait: float = 1.0
) -> Path:
    """Fetch what an order asks for, make a store of it, and say where that is.

    An interrupted call goes on where it stopped, and nothing that is unfinished has the name of the result. A
    shard (64 MiB) of rain is in memory at once, with the fields that it is made of.

    Args:
        order: of a card.
        source: folder that holds the files already.
        out: where the result goes, in place of the standard one.
        tell: hears about progress.
        wait: seconds before a failed request is tried again.

    Raises:
        UserError: something is not there, cannot be read, or stands in the way.
        RunFailed: the connection failed too often.
    """
    target = out or order.standard_target
    cut = (order.recipe or Recipe()).cut
    if order.as_they_are:
        folder = gather(order.data, target, order.home, source, cut, tell, wait, flat=False)
        if folder == target:
            (target / WHOLE).touch()
        return folder
    root = gather(order.data, order.sources, order.home, source, cut, tell, wait)
    record = open_record(root, order.reading)
    key = digest_json([order.digest, [[path.name, _size(path)] for path in record.files]])
    if target.exists():
        _check_same(target, key)
        return target
    for note in record.notes:
        tell(note)
    fields = apply_recipe(fields_of(record), order.recipe or Recipe(), str(root))
    fields.attrs |= (
        {"title": order.name, "licence": record.licence} if record.licence else {"title": order.name}
    )
    copies: dict[str, Path] = {}
    if order.inputs is not None:
        beside = order.sources.with_name(f"{order.sources.name}-inputs")
        asked = order.inputs if source is None else replace(order.inputs, group=None)
        copies = prepare_inputs(asked, record.sources, fields, beside, tell, wait)
    return write_record(fields, target, key, tell, copies)


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _check_same(target: Path, key: str) -> None:
    try:
        stored = zarr.open_group(target, mode="r").attrs.get(KEY)
    except Exception:  # no zarr group
        stored = None
    if stored != key:
        raise UserError(
            f"{target} exists and was made of other data or another card", "name another --out, or delete it"
        )
