"""Predictions that were handed in, as a method: they pass through a run's stages like any other ensemble."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import xarray as xr

from downbench.contracts.configuration import Config, parameter
from downbench.contracts.method import Method, SampleContext
from downbench.errors import UserError
from downbench.files import digest_file, digest_folder
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.scoring.frames import Frames
from downbench.store.record_parts import MethodPart
from downbench.submission.predictions import Predictions, find_predictions

DISTRIBUTION = "submitted"
READING = 1  # raise it when the same file would be read in another way
BLOCK_VALUES = 2**22  # members x cells that are handed over at once


class SubmittedConfig(Config):
    """What the scores of a submission depend on, beside the data."""

    content: str = parameter("", "SHA-256 of the file or store.")
    variable: str | None = parameter(None, "Name of the variable, where there are several.")
    units: str | None = parameter(None, "Units in place of those that the files name.", later=True)
    reading: int = parameter(READING, "Version of the code that reads it.")


class Submitted(Method[SubmittedConfig]):
    """Yields what stands in a file; a class of its own for each file, see :func:`method_of`."""

    Config = SubmittedConfig
    predictions: ClassVar[Predictions]
    frames: ClassVar[Frames]

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Read frame after frame; nothing is made of the coarse fields.

        Yields:
            (member, time, y, x) in mm/h.
        """
        sequence = next(one for one in self.frames.sequences if one.name == context.sequence)
        tile = sequence.fine["tile"].to_numpy().tolist().index(context.tile)
        located = self.predictions.sequences[sequence.name]
        first = int(
            (sequence.times < context.fine_times(coarse["time"].to_numpy()[context.start :])[0]).sum()
        )
        sizes = sequence.fine.sizes
        length = max(BLOCK_VALUES // (members * sizes["y"] * sizes["x"]), 1)
        for start in range(first, len(sequence.times), length):
            part = slice(start, min(start + length, len(sequence.times)))
            values = located.read(tile, part, members)
            yield xr.DataArray(
                values, dims=("member", "time", "y", "x"), coords={"time": sequence.times[part]}
            )


def method_of(predictions: Predictions, frames: Frames) -> type[Submitted]:
    """The method that yields some predictions."""
    return type("Submitted", (Submitted,), {"predictions": predictions, "frames": frames})


def registration_of(info: MethodInfo, content: str) -> Registration:
    """What stands in the place of a plug-in's registration; its version is that of the content."""
    return Registration(info, DISTRIBUTION, content[:12], pinned=True)


def describe(name: str, title: str, reference: str, members: int) -> MethodInfo:
    """The description of a submission.

    Raises:
        UserError: the name cannot be that of a method.
    """
    target = f"{__name__}:Submitted"
    return MethodInfo(
        name=name,
        target=target,
        title=title or name,
        reference=reference,
        probabilistic=members > 1,
        tags=(DISTRIBUTION,),
        refines_time=True,
        cuts=("tile", "time"),
    )


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file or store.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return digest_folder(path) if path.is_dir() else digest_file(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def reopen(method: MethodPart, frames: Frames) -> tuple[Registration, type[Submitted]]:
    """The method of a stored submission whose samples were not kept, from its file.

    Raises:
        UserError: the file is gone, or is another one by now.
    """
    part = method.submission
    assert part is not None
    path = Path(part.path or "")
    if part.path is None or not path.exists():
        raise UserError(
            f"the predictions of {method.name} were not kept, and their file {part.file} is not there",
            "put it back, or submit it again with --keep all",
        )
    if digest_of(path) != part.content:
        raise UserError(f"{path} is not what was submitted as {method.name}", "submit it again")
    said = (method.configuration.get(key) for key in ("variable", "units"))
    predictions = find_predictions(path, frames, *said)
    info = describe(method.name, method.title, method.reference, part.members)
    return registration_of(info, part.content), method_of(predictions, frames)
