"""Analogs: the fine fields that went with the most similar coarse states of the training record.

Lorenz 1969 (doi:10.1175/1520-0469(1969)26<636:APARBN>2.0.CO;2); Zorita and von Storch 1999
(doi:10.1175/1520-0442(1999)012<2474:TAMAAS>2.0.CO;2) for downscaling. Whole fields of few frames have no near
analogs (Van den Dool 1994), so the small presets look for them patch by patch, each with its surroundings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import cycle, product
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, SampleContext, block_mean, parameter, upsample
from downbench_methods.base.fit_finishing import fit_finishing
from downbench_methods.base.sampling import Part, Tile, TileMethod
from downbench_methods.fields.finishing import FINISHING, FinishingConfig
from downbench_methods.statistical.archive import Archive, Array, spread_frames
from downbench_methods.statistical.library import (
    DRY,
    Library,
    Patch,
    States,
    build_library,
    features,
    wet_patches,
)
from downbench_methods.statistical.location import Location

FINISHED = {**FINISHING["tiny"], "noise_memory": 0}
APART, SHARE_APART = np.timedelta64(5, "D"), 0.1  # of the record, where that is shorter
MOST = 2.0  # factor by which the rain of an analog is scaled


class AnalogsConfig(FinishingConfig):
    """Parameters of ``analogs``."""

    patch: int | None = parameter(
        None, "Side of the patch that one analog gives; none takes whole fields.", "coarse cells", ge=1
    )
    border: int = parameter(1, "Cells around a patch that count for its distance.", "coarse cells", ge=0)
    neighbours: int = parameter(10, "Nearest states that members are drawn from.", ge=1)
    frames: int | None = parameter(
        None,
        "Training frames that are kept, evenly spread; none keeps all that 2 GB of coarse fields hold.",
        "frames",
        ge=1,
    )
    patches: int = parameter(100_000, "Patches of the library at most, drawn at random.", ge=1)
    predictors: float = parameter(0.0, "Weight of the other coarse fields against rain.", ge=0)
    noise_memory: Literal[0] = parameter(
        0, "Memory of noise: none, since a frame's analogs are drawn, and have no noise.", "h"
    )


class Analogs(TileMethod[AnalogsConfig]):
    """Fine fields of the k nearest coarse states; members are drawn among them without repetition."""

    Config = AnalogsConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {**FINISHED, "patch": 2, "frames": 50, "patches": 1000},
        "tiny": {**FINISHED, "patch": 2, "frames": 1000, "patches": 50_000},
        "small": {**FINISHED, "patch": 2, "frames": 1000, "patches": 500_000},
        "paper": {"predictors": 0.1},
    }
    remembers = False
    archive: Archive
    states: States
    seed: int = 0
    # how far in time analogs are from the frame that they stand for, at least: while the method is finished
    # on the record that it draws from, a frame would be its own nearest analog
    apart = np.timedelta64(0, "s")
    _libraries: dict[Patch, Library]

    def __init__(self, config: AnalogsConfig | None = None) -> None:
        super().__init__(config)
        self._libraries = {}

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Keep coarse and fine training fields."""
        most = States.most_frames(train, self.config.predictors)
        frames = spread_frames(train, min(self.config.frames or most, most))
        self.archive = Archive.write(train, frames, context)
        self.states = States.of(train, frames, self.config.predictors)
        self.seed = context.seed
        record = self.archive.times.max() - self.archive.times.min()
        self.apart = min(APART, record * SHARE_APART)
        self.finisher = fit_finishing(self, train, context)
        self.apart = np.timedelta64(0, "s")

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Draw members for one frame at a time; cells that an analog lacks take the coarse rain."""
        rain = tile.rain.astype(np.float32)
        fields = self.states.read(tile.coarse)
        patch = self._patch(rain.shape[1:])
        library = self._library(patch, tile.static, context)
        for t in range(context.start, len(tile.times)):
            now = tile.times[t].astype("datetime64[s]")
            random = np.random.default_rng(context.seed_for("analogs", now))
            usable = self._usable(library, now)
            fine = self._compose(fields[t], rain[t], members, patch, usable, random, context.factor)
            if self.config.conserve:
                fine = raised(fine, rain[t : t + 1], context.factor, tile.area)
            yield range(t, t + 1), fine

    def _patch(self, shape: tuple[int, ...]) -> Patch:
        """The patch, cut down to the domain and to the training domain; these in full for whole fields."""
        limits = [min(pair) for pair in zip(shape, self.states.valid.shape[2:], strict=True)]
        height, width = (min(self.config.patch or n, n) for n in limits)
        return Patch(height, width, self.config.border)

    def _library(self, patch: Patch, static: xr.Dataset, context: SampleContext) -> Library:
        """Whole fields of the same place where there are any, else patches of any place."""
        factor, shape = context.factor, tuple(n * context.factor for n in patch[:2])
        whole = self.config.patch is None
        location = self.archive.grid.find(static, context.tile, shape) if whole else None
        if location is None or location.row % factor or location.column % factor:
            return self._patches_of_any_place(patch)
        corner = [location.tile, location.row // factor, location.column // factor]
        frames = np.arange(len(self.archive.times))
        return build_library(self.states, patch, np.array([[frame, *corner] for frame in frames]))

    def _patches_of_any_place(self, patch: Patch) -> Library:
        """Patches of the whole record, kept for the next tile."""
        if patch not in self._libraries:
            patches = wet_patches(self.states, patch, self.config.patches, self.seed)
            self._libraries[patch] = build_library(self.states, patch, patches)
        return self._libraries[patch]

    def _usable(self, library: Library, now: np.datetime64) -> Library:
        """The entries that are far enough in time from a frame."""
        if not self.apart:
            return library
        far = np.abs(self.archive.times - now) > self.apart
        chosen = far[library.positions[:, 0]]
        return Library(library.features[chosen], library.positions[chosen])

    def _compose(
        self,
        fields: Array,
        rain: Array,
        members: int,
        patch: Patch,
        library: Library,
        random: np.random.Generator,
        factor: int,
    ) -> Array:
        """Fine fields (member, 1, y, x) for one frame, patch by patch."""
        rows, columns = (_starts(n, p) for n, p in zip(rain.shape, patch[:2], strict=True))
        corners = list(product(rows, columns))
        cut = [(slice(y, y + patch.height), slice(x, x + patch.width)) for y, x in corners]
        wet = np.array([np.nan_to_num(rain[window]).max() > DRY for window in cut])
        fine = np.repeat(upsample(rain, factor, "nearest")[None, None], members, 0)
        if not len(library.features) or not wet.any():
            return fine
        y, x = np.array(corners).T
        near = library.nearest(features(fields, patch)[y[wet], x[wet]], self.config.neighbours)
        ranks = random.random((len(corners), near.shape[1])).argsort(1)[wet]
        size = (patch.height * factor, patch.width * factor)
        for index, entries, order in zip(np.flatnonzero(wet), near, ranks, strict=True):
            target = fine[:, 0, y[index] * factor :, x[index] * factor :][:, : size[0], : size[1]]
            for member, entry in zip(range(members), cycle(entries[order]), strict=False):
                frame, tile, row, column = (int(i) for i in library.positions[entry])
                field = self.archive.window(frame, Location(tile, row * factor, column * factor), size)
                target[member] = np.where(np.isnan(field), target[member], field)
        return fine

    def inputs(self) -> tuple[str, ...]:
        """Precipitation, and the predictors that likeness is measured by."""
        return ("precipitation", *self.states.names)

    def save(self, directory: Path) -> None:
        """Write the configuration, the fine fields and the coarse states."""
        super().save(directory)
        self.archive.copy(directory)
        self.states.write(directory / "states.npz")
        (directory / "seed.json").write_text(json.dumps(self.seed))

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        method.archive = Archive.open(directory)
        method.states = States.open(directory / "states.npz")
        method.seed = json.loads((directory / "seed.json").read_text())
        return method


def _starts(size: int, step: int) -> list[int]:
    """First cells of patches that cover ``size`` cells; the last one ends with the domain."""
    return [min(start, size - step) for start in range(0, size, step)]


def raised(fine: Array, rain: Array, factor: int, area: NDArray[Any] | None) -> Array:
    """Give analogs (member, time, y, x) some rain where they have little of the coarse rain (time, y, x).

    It is added evenly before fields are scaled, so that a trace does not become a cloudburst.
    """
    lacking = np.maximum(rain / MOST - block_mean(fine, factor, area), 0)
    return fine + upsample(np.nan_to_num(lacking), factor, "nearest")
