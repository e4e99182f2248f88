"""Parameters of the dataset ``files``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from downbench import parameter
from downbench_datasets.files.inputs.spec import Name, Source
from downbench_datasets.files.splitting.spec import SplitsSpec
from downbench_datasets.reading.settings import ReadingConfig


class RainFilesConfig(ReadingConfig):
    """How files are read, and what is made of them."""

    factor: int = parameter(
        8,
        "Fine cells along the edge of a coarse cell. Unless it is set, coarse rain of another source whose "
        "cells are whole blocks of fine ones has the factor of both grids.",
        "fine cells",
        ge=2,
        le=64,
    )
    crop: bool = parameter(False, "Leave out the last rows and columns that fill no coarse cell.")
    window: Annotated[int, Field(ge=8)] | None = parameter(
        256,
        "Side of the windows that validation and test are cut to; null takes the whole domain.",
        "fine cells",
    )
    coarse: str | None = parameter(
        None,
        "Coarse rain of another source: a file or folder, or the name of a variable of the same files. "
        "Without it coarse rain is the mean of the fine.",
    )
    predictors: dict[Name, Source] = parameter(
        {},
        "Coarse fields besides rain, by name: a variable of the coarse files, or {variable, file, units, "
        "select}, such as {t850: {variable: ta, file: ta.nc, select: {plev: 85000}}}.",
    )
    statics: dict[Literal["topography", "land_fraction"], Source] = parameter(
        {},
        "Static fields of the fine grid, by name, likewise: {topography: {variable: orog, file: orog.nc}}.",
    )
    coarse_parts: bool = parameter(
        False,
        "Hand on coarse frames that are shorter than the fine ones as predictors precipitation_1, "
        "precipitation_2, ..., besides their mean.",
    )
    coarse_reading: ReadingConfig | None = parameter(
        None, "How files of coarse rain are read, such as {variable: pr, units: mm/day}."
    )
    split: Literal["time", "region", "tile"] = parameter(
        "time", "How the record is cut into train, validation and test; tile cuts members, too."
    )
    splits: SplitsSpec | None = parameter(
        None,
        "Splits of your own, such as {train: {period: 2010/2017}, test: {period: 2019/2022, "
        "box: [-5, 50, 2, 55]}} or {members: [0, 1, 2]}; boxes as west, south, east, north; a split that is "
        "left out is empty.",
    )
    gap: float | None = parameter(
        None,
        "Time between splits that share a place; the protocol's is 5 days, or 6 hours.",
        "h",
        ge=0,
        allow_inf_nan=False,
    )
    windows: int = parameter(4, "Number of these windows, at most.", ge=1, le=64)
