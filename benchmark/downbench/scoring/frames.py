"""The frames that a comparison is scored on, the same for every method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from downbench.contracts.dataset import SPLITS, Dataset, FieldSequence
from downbench.contracts.grid import Grid
from downbench.contracts.open_split import open_split
from downbench.dates import date_text
from downbench.errors import UserError
from downbench.files import digest_json
from downbench.read_only_fields import read_only_fields
from downbench.scoring.grid import ALL, make_grid
from downbench.scoring.measured_relation import measure_splits
from downbench.scoring.outline import Outline, outlines_of
from downbench.scoring.regions import UserRegion
from downbench.scoring.relation import POINTS, Relation

EXAMPLES = 3  # frames that a run shows


@dataclass(frozen=True)
class Track:
    """A shift: methods are fitted on one dataset and scored on another.

    Args:
        name: of the track, as tables show it.
        trained: the dataset that methods are fitted on.
    """

    name: str
    trained: Dataset


@dataclass(frozen=True)
class Frames:
    """Scored frames of a dataset's test split, at most ``limit`` time steps of it.

    Args:
        sequences: with their warm-up, cut to the limit.
        regions: that the user asks for besides those of the dataset; they do not count for :attr:`key`.
        track: where methods are fitted on another dataset; it does not count for :attr:`key` either.
    """

    dataset: Dataset
    sequences: tuple[FieldSequence, ...]
    limit: int | None
    regions: tuple[UserRegion, ...] = ()
    track: Track | None = None

    @property
    def trained(self) -> Dataset:
        """The dataset that methods are fitted on."""
        return self.dataset if self.track is None else self.track.trained

    @property
    def label(self) -> str:
        """Label of the dataset, with the track where there is one."""
        if self.track is None:
            return self.dataset.label
        return f"{self.dataset.label}, track {self.track.name}: fitted on {self.trained.label}"

    @cached_property
    def key(self) -> str:
        """Identity of the frames: dataset, split and times."""
        times = [[s.name, str(s.times[0]), len(s.times)] for s in self.sequences]
        return digest_json([self.dataset.fingerprint(), "test", times])

    @property
    def count(self) -> int:
        """Number of scored time steps over all sequences."""
        return sum(len(sequence.times) for sequence in self.sequences)

    @cached_property
    def shown(self) -> tuple[int, list[int]]:
        """What every run on these frames shows as examples: a tile, and frames of the first sequence.

        It is the wettest tile, by its coarse rain, at its wettest frame in each third of the sequence.
        """
        sequence = self.sequences[0]
        rain = sequence.coarse["precipitation"].isel(time=sequence.coarse_frames(slice(None)))
        means = rain.mean(("y", "x")).fillna(-1).transpose("tile", "time").to_numpy()
        tile = int(means.mean(axis=1).argmax())
        thirds = [part for part in np.array_split(np.arange(means.shape[1]), EXAMPLES) if len(part)]
        return tile, [int(part[means[tile, part].argmax()]) for part in thirds]

    @property
    def tiles(self) -> list[tuple[FieldSequence, int]]:
        """Every (sequence, tile index)."""
        return [(s, tile) for s in self.sequences for tile in range(s.fine.sizes["tile"])]

    @cached_property
    def relations(self) -> dict[str, Relation]:
        """How coarse and fine rain are related in each split that has frames, as measured.

        Train and validation are those of the dataset that methods are fitted on.

        Raises:
            UserError: a dataset says that its coarse rain is the mean of the fine, and it is not.
        """
        if self.dataset.points:
            return {}
        if self.track is None:
            return measure_splits(self.dataset, SPLITS)
        return measure_splits(self.trained, SPLITS[:2]) | measure_splits(self.dataset, SPLITS[2:])

    @cached_property
    def outlines(self) -> list[Outline]:
        """Where on the globe the scored tiles lie."""
        return outlines_of(self.sequences)

    @cached_property
    def other_outlines(self) -> dict[str, list[Outline]]:
        """Where the tiles of train and validation lie, if not where the scored ones do."""
        if not self.outlines:
            return {}
        edges = {split: outlines_of(open_split(self.trained, split)) for split in SPLITS[:2]}
        return {split: own for split, own in edges.items() if own and own != self.outlines}

    @property
    def relation_text(self) -> str:
        """How coarse and fine rain of the scored frames are related, for people."""
        return POINTS if self.dataset.points else self.relations["test"].text

    @property
    def coarse_is_mean(self) -> bool:
        """Whether methods learn from coarse rain that is the mean of the fine, to rounding."""
        return self.trained.coarse_is_mean or next(iter(self.relations.values())).perfect

    @cached_property
    def grid(self) -> Grid:
        """Weights, regions and spectrum windows."""
        static = self.sequences[0].static
        coverage = np.array(True)
        for sequence in self.sequences:
            coverage = coverage & _scored_rain(sequence).notnull().all("time").to_numpy()
        dataset = self.dataset
        masks = dict(dataset.regions(static))
        for region in self.regions:
            if region.name in masks or region.name == ALL:
                raise UserError(f"there is a region {region.name!r} already", "give yours another name")
            masks[region.name] = region.mask(static, self.sequences[0].fine.isel(time=0).shape)
        return make_grid(
            static,
            masks,
            coverage,
            dataset.factor,
            dataset.time_bin,
            dataset.step,
            dataset.resampling_block,
            dataset.time_factor,
            dataset.points,
        )

    @property
    def region_names(self) -> list[str]:
        """For the score key: names of all regions, the user's with a digest of what they hold."""
        own = {region.name: f"{region.name}={region.digest}" for region in self.regions}
        return [own.get(name, name) for name in self.grid.regions]

    def summary(self) -> dict[str, Any]:
        """For ``run.json``."""
        return {
            "key": self.key,
            "n": self.count,
            "first": date_text(self.sequences[0].times[0], self.sequences[0].calendar),
            "last": date_text(self.sequences[-1].times[-1], self.sequences[-1].calendar),
        }


def open_frames(
    dataset: Dataset, limit: int | None, regions: tuple[UserRegion, ...] = (), track: Track | None = None
) -> Frames:
    """Open the test split and keep the first ``limit`` scored time steps.

    Raises:
        UserError: no frames, no valid cell in any of them, or a region of the user's that does not fit.
    """
    left = limit if limit is not None else np.iinfo(np.int64).max
    kept = []
    for sequence in open_split(dataset, "test"):
        take = _whole_coarse_frames(min(left, len(sequence.times)), dataset.time_factor)
        if take and left > 0:
            kept.append(_cut(sequence, take))
            left -= take
    if not kept:
        raise UserError(f"{dataset.label}: the test split has no frames")
    if not any(bool(_scored_rain(s).notnull().any()) for s in kept):
        raise UserError(f"{dataset.label}: every cell of the scored frames is missing")
    frames = Frames(dataset, tuple(kept), limit, regions, track)
    if regions:
        _ = frames.grid  # refuses a region now, rather than once a method has been fitted
    return frames


def _scored_rain(sequence: FieldSequence) -> xr.DataArray:
    """Coarse rain of the scored frames."""
    return sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None))


def _whole_coarse_frames(frames: int, factor: int) -> int:
    """So many fine frames, up to the end of a coarse one."""
    return int(-(-frames // factor) * factor)


def _cut(sequence: FieldSequence, frames: int) -> FieldSequence:
    return replace(
        sequence,
        coarse=sequence.coarse.isel(time=slice(sequence.warmup + frames // sequence.time_factor)),
        fine=sequence.fine.isel(time=slice(frames)),
    )


def one_tile(fields: xr.Dataset, tile: int) -> xr.Dataset:
    """A tile of fields in memory: a copy that cannot be written to, whatever becomes of it."""
    part = fields.isel(tile=tile, drop=True) if "tile" in fields.dims else fields
    return read_only_fields(part.copy(deep=True).load())


def steps(count: int, at_once: int) -> Iterator[slice]:
    """Consecutive slices of at most ``at_once``."""
    for start in range(0, count, at_once):
        yield slice(start, min(start + at_once, count))
