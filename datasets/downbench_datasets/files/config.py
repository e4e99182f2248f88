"""Parameters of the dataset ``files``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from downbench import parameter
from downbench_datasets.reading.settings import ReadingConfig


class RainFilesConfig(ReadingConfig):
    """How files are read, and what is made of them."""

    factor: int = parameter(8, "Fine cells along the edge of a coarse cell.", "fine cells", ge=2, le=64)
    crop: bool = parameter(False, "Leave out the last rows and columns that fill no coarse cell.")
    window: Annotated[int, Field(ge=8)] | None = parameter(
        256,
        "Side of the windows that validation and test are cut to; null takes the whole domain.",
        "fine cells",
    )
    windows: int = parameter(4, "Number of these windows, at most.", ge=1, le=64)
