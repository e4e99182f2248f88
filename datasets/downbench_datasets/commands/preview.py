"""``bench data preview``: rain as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench_datasets.commands.options import Data, Json, Root, Set, settings_of

EXAMPLES = ("bench data preview rain.nc --out rain.png", "bench data preview rain.nc --frames 24")


def preview(
    data: Data,
    data_root: Root = None,
    set_: Set = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write.")] = Path("preview.png"),
    frame: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="the wettest", help="First frame, counted from 0."),
    ] = None,
    frames: Annotated[
        int, typer.Option(metavar="N", min=1, max=500, help="Number of frames; several make an animated PNG.")
    ] = 1,
    json: Json = False,
) -> dict[str, Any]:
    """Draw the rain of one frame, or of several as an animation, as PNG.

    Colours run logarithmically from 0.1 mm/h to the highest value; missing is grey.
    """
    from downbench_datasets.looking.preview import preview as draw
    from downbench_datasets.looking.target import target_of

    drawn = draw(target_of(data, data_root, settings_of(set_)), out, frame, frames)
    if not json:
        print(f"{drawn['file']}: frame {drawn['first']}, up to {drawn['highest']:.3g} mm/h")
    return drawn
