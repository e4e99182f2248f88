"""The dataset contract: paired coarse and fine sequences with splits and a fingerprint."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.coarse_input import CoarseInput
from downbench.contracts.configuration import Config as _Config  # subclasses have an attribute Config
from downbench.contracts.rates import check_rates
from downbench.dates import calendar_of, date_text, spacing
from downbench.errors import UserError
from downbench.rain_values import RAIN_LIMIT

SPLITS = ("train", "validation", "test")
DIMS = ("time", "tile", "y", "x")
_NAME = re.compile(
    "(?!__|\\.{1,2}$)[^/\\\\\x00-\x1f\x7f\ud800-\udfff]{1,80}"
)  # it becomes the name of a folder


@dataclass(frozen=True)
class FieldSequence:
    """One unbroken stretch of coarse and fine fields.

    Args:
        name: identifies the sequence within the dataset, for instance the ensemble member.
        coarse: predictors, each (time, tile, y, x); ``precipitation`` in mm/h, the others in the units
            of their ``units`` attribute. Missing is NaN. May be lazy (dask).
        fine: the truth, (time, tile, y, x) in mm/h, sizes ``factor`` times the coarse ones. May be lazy.
            Coarse rain may be its mean, or rain of another source: the suite measures how they are related.
        static: fine static fields (tile, y, x): ``topography`` [m], ``land_fraction``, ``area`` [m2],
            ``lat``, ``lon``, as far as there are any.
        warmup: leading coarse frames without counterpart in ``fine``: the past of the first scored frame.
        rain_limit: mm/h; rain above it is refused as missing data that was not declared.
        time_factor: fine frames in the time of a coarse one. A coarse frame bears the time of the last of
            them; from hours to days, that of its last hour.
        record: name of the record that this is a stretch of, where a record has several; else ``name``.

    Raises:
        UserError: dims, sizes or times do not fit together, or rain says that it is in other units.
    """

    name: str
    coarse: xr.Dataset
    fine: xr.DataArray
    static: xr.Dataset = field(default_factory=xr.Dataset)
    warmup: int = 0
    rain_limit: float = RAIN_LIMIT
    time_factor: int = 1
    record: str = ""

    def __post_init__(self) -> None:
        where = f"sequence {self.name!r}"
        if not _NAME.fullmatch(self.name):
            raise UserError(
                f"{where}: this cannot be the name of a folder",
                "a name has 1 to 80 characters of any alphabet, no slash, and does not begin with '__'",
            )
        if "precipitation" not in self.coarse:
            raise UserError(f"{where}: the coarse fields lack 'precipitation'")
        if self.fine.dims != DIMS or self.coarse["precipitation"].dims != DIMS:
            raise UserError(f"{where}: fields need the dims {DIMS}, got {self.fine.dims}")
        self._check_dates(where)
        check_rates(self.fine, f"{where}: its fine rain")
        check_rates(self.coarse["precipitation"], f"{where}: its coarse rain")
        coarse_times = self.coarse["time"].to_numpy()[self.warmup :]
        last = self.times[self.time_factor - 1 :: self.time_factor]
        if not np.array_equal(coarse_times, last) or len(self.times) % self.time_factor:
            raise UserError(
                f"{where}: coarse and fine times do not match: {self._span(coarse_times)} "
                f"and {self._span(self.times)}",
                "both need the same steps; cut the records to their common period"
                if self.time_factor == 1
                else f"with {self.time_factor} fine frames in a coarse one, which bears the time of the last",
            )
        times = self.coarse["time"].to_numpy()
        uneven = (len(t) > 2 and len(spacing(t, self.calendar).gaps) for t in (times, self.times))
        if any(uneven):
            raise UserError(f"{where}: its times are not evenly spaced", "split it where frames are missing")
        tiles = [field["tile"].to_numpy() for field in (self.coarse, self.fine) if "tile" in field.coords]
        if any(not np.array_equal(labels, tiles[0]) for labels in tiles):
            raise UserError(
                f"{where}: coarse tiles {tiles[0].tolist()} and fine tiles {tiles[1].tolist()} do not match",
                "both need the same tiles in one order",
            )
        for dim in ("y", "x"):
            if self.fine.sizes[dim] % self.coarse.sizes[dim]:
                raise UserError(
                    f"{where}: {self.fine.sizes[dim]} fine cells in {dim} are no multiple of "
                    f"{self.coarse.sizes[dim]} coarse ones"
                )

    @property
    def times(self) -> NDArray[np.datetime64]:
        """Times of the fine frames, ``datetime64`` whatever the calendar (see :mod:`downbench.dates`)."""
        return self.fine["time"].to_numpy()

    def coarse_frames(self, fine: slice) -> NDArray[np.int_]:
        """Positions in ``coarse`` of the frames that fine ones lie in, one for each of these."""
        frames = np.arange(len(self.times))[fine]
        return self.warmup + frames // self.time_factor

    @property
    def calendar(self) -> str:
        """Calendar of the times, as the coordinate ``time`` of the coarse fields names it."""
        return calendar_of(self.coarse["time"])

    def _check_dates(self, where: str) -> None:
        """Refuse times that are no dates of numpy, and those that run backwards."""
        for fields in (self.coarse, self.fine):
            times = fields["time"].to_numpy()
            if times.dtype.kind != "M":
                first = f", such as {times[0]!r}" if len(times) else ""
                raise UserError(
                    f"{where}: its times are of the type {times.dtype}{first}, and no dates",
                    "give numpy.datetime64; dates of cftime become that by downbench.to_times(dates), and "
                    "the attribute 'calendar' of the coordinate time names their calendar",
                )
            if len(times) > 1 and times[-1] < times[0]:
                raise UserError(f"{where}: its times run backwards", "sort both fields: field.sortby('time')")

    def _span(self, times: NDArray[np.datetime64]) -> str:
        if not len(times):
            return "no steps"
        first, last = (date_text(time, self.calendar) for time in (times[0], times[-1]))
        return f"{len(times)} steps {first}..{last}"


class Dataset(ABC):
    """A dataset with standard splits.

    The constructor gets the configuration and ``--data-root`` (or None) and fills the attributes below.
    """

    Config: ClassVar[type[_Config]] = _Config
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    name: str
    variant: str = ""  # "stand-in", "fv3gfs", ...: what stands here, when a name can mean several things
    standin: bool = False  # numbers from a stand-in are labelled everywhere
    licence: str = ""
    factor: int = 8
    time_factor: int = 1  # fine frames in the time of a coarse one
    coarse_parts: int = 1  # coarse frames in the time of a fine one: their mean is its coarse rain, and where
    # there are several, predictors precipitation_1, precipitation_2, ... are these frames, first to last
    step: np.timedelta64  # of the fine frames
    predictors: tuple[str, ...]  # coarse variables, precipitation first
    time_bin: np.timedelta64  # of histograms and spectra
    resampling_block: np.timedelta64
    gap: np.timedelta64
    splits: Mapping[str, str]  # what each split covers, for people
    notes: tuple[str, ...] = ()  # what a reader of a table must know
    points: bool = False  # places such as stations, without neighbours and without coarse rain; factor is 1
    coarse_is_mean: bool = False  # by construction; where it is not, their relation is measured

    def __init__(self, config: _Config, root: Path | None = None) -> None:
        self.config, self.root = config, root

    @property
    def label(self) -> str:
        """Name with variant, as every table shows it."""
        return f"{self.name} ({self.variant})" if self.variant else self.name

    @abstractmethod
    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Open ``train``, ``validation`` or ``test``, lazily."""

    @abstractmethod
    def fingerprint(self) -> str:
        """SHA-256 (hex) over content, variant, splits and coarsening."""

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Named masks (tile, y, x) of the fine grid besides the whole domain ``all``."""
        return {}

    @classmethod
    def of_fields(cls, fine: xr.DataArray | xr.Dataset, coarse: xr.DataArray | xr.Dataset | int) -> Dataset:
        """Make a dataset of rain in memory, for ``downbench.score``; one that cannot keeps this default.

        Args:
            fine: the truth, as a file of it would be: with times, and units unless it is in mm/h.
            coarse: coarse rain likewise, or the number of fine cells along the edge of a coarse one.

        Returns:
            A dataset whose test split is all of it.

        Raises:
            UserError: it cannot be understood.
        """
        raise UserError(f"the dataset {cls.__name__} takes no fields in memory", "use 'files'")

    @classmethod
    def open_coarse(
        cls, path: Path, config: _Config, factor: int, inputs: Collection[str], static: Path | None = None
    ) -> CoarseInput:
        """Open coarse fields alone, for ``bench apply``; a dataset that cannot do so keeps this default.

        Args:
            path: file or folder.
            config: of this dataset.
            factor: fine cells along the edge of a coarse one.
            inputs: predictors and static fields that are needed; further ones may be left out.
            static: file with fine static fields, where they are not in ``path``.

        Raises:
            UserError: cannot be read, or something that is needed is missing.
        """
        raise UserError(f"the dataset {cls.__name__} reads no coarse files", "use --dataset files")
