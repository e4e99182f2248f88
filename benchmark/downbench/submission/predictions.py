"""Predictions as they are read for scoring: in the order, the orientation and the unit of the dataset."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.errors import UserError
from downbench.missing_values import mask_values
from downbench.scoring.frames import Frames, steps
from downbench.submission.catalogue import Finding
from downbench.submission.grid import Cut, find_tiles
from downbench.submission.opening import Refused, Variable, find_variables
from downbench.submission.points import Points, find_points
from downbench.submission.several_files import open_predictions
from downbench.submission.times import find_frames
from downbench.units import read_units, said_units, to_mm_per_hour

BLOCK_VALUES = 2**24  # of whole fields that are read for stations at once
FINGERPRINT, SPLIT = "downbench_fingerprint", "downbench_split"  # attributes that tie a file to a dataset


@dataclass(frozen=True)
class Located:
    """Predictions of one sequence.

    Args:
        variable: that holds them.
        positions: in the file of each frame (time,).
        cuts: where each tile stands.
        factor: from its units to mm/h.
        members: that there are.
        points: the cell of each station, where these are what is scored; there are no cuts then.
    """

    variable: Variable
    positions: NDArray[np.int_]
    cuts: list[Cut]
    factor: float
    members: int
    points: Points | None = None

    def read(self, tile: int, frames: slice, members: int) -> NDArray[np.float32]:
        """The first members of some frames of a tile (member, time, y, x) in mm/h, from the file."""
        if self.points is not None:
            return self._at_points(self.points, frames, members)
        return self._cells(self.cuts[tile], self.positions[frames], members)

    def _cells(self, cut: Cut, positions: NDArray[np.int_], members: int) -> NDArray[np.float32]:
        dims = self.variable.dims
        even = len(positions) and (np.diff(positions) == 1).all()
        when = slice(int(positions[0]), int(positions[-1]) + 1) if even else positions
        wanted = {"member": slice(0, members), "time": when, "tile": cut.tile, "y": cut.y, "x": cut.x}
        index: dict[Hashable, Any] = dict.fromkeys(self.variable.array.dims, 0)  # of which there is one
        index |= {dim: wanted[role] for role, dim in dims.items()}
        part = self.variable.array.variable.isel(index)
        order = [dims[role] for role in ("member", "time", "y", "x") if role in dims]
        values = mask_values(xr.DataArray(part.transpose(*order)), ()).to_numpy()
        for axis, role in enumerate(("member", "time")):
            values = values if role in dims else np.expand_dims(values, axis)
        values = np.flip(values, tuple(axis + 2 for axis in cut.flip))
        if self.factor == 1:
            return np.ascontiguousarray(values, dtype=np.float32)
        return (values.astype(np.float64) * self.factor).astype(np.float32)

    def _at_points(self, points: Points, frames: slice, members: int) -> NDArray[np.float32]:
        """Rain of the nearest cells (member, time, 1, station), from whole fields, a few at a time."""
        positions = self.positions[frames]
        out = np.empty((members, len(positions), 1, len(points.x)), np.float32)
        y, x = (slice(0, self.variable.array.sizes[self.variable.dims[role]]) for role in ("y", "x"))
        length = max(BLOCK_VALUES // (members * y.stop * x.stop), 1)
        for part in steps(len(positions), length):
            for tile in np.unique(points.tile):
                here = points.tile == tile
                fields = self._cells(Cut(int(tile), y, x), positions[part], members)
                out[:, part, 0, here] = fields[:, :, points.y[here], points.x[here]]
        return out


@dataclass
class Predictions:
    """Predictions of all frames, and what was found where they were looked for.

    Args:
        path: of the file or store.
        sequences: by name; empty where something stands in the way.
        attributes: of the file and of the variable.
        groups: of the file, which stay open.
    """

    path: Path
    sequences: dict[str, Located] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, xr.Dataset] = field(default_factory=dict)

    def close(self) -> None:
        """Close the file; nothing can be read from it after that."""
        for group in self.groups.values():
            group.close()

    @property
    def members(self) -> int:
        """Members that every sequence has; none where nothing can be read."""
        return min((one.members for one in self.sequences.values()), default=0)


def find_predictions(
    path: Path, frames: Frames, variable: str | None = None, units: str | None = None
) -> Predictions:
    """Look for predictions of some frames in a file or store; what stands in the way is among the findings.

    Args:
        path: of the file or store.
        frames: that are wanted.
        variable: the name of the rain, if the user says it.
        units: of the rain, if the user says them, in place of those that the file names.

    Raises:
        UserError: there is no such file, or nobody can read the units that are said.
    """
    if units is not None:
        read_units(units, "--units", "--units '{}'".format)
    try:
        groups = open_predictions(path, variable, units)
    except Refused as refusal:
        return Predictions(path, findings=[refusal.finding])
    return find_in(groups, frames, variable, path, units)


def find_in(
    groups: dict[str, xr.Dataset],
    frames: Frames,
    variable: str | None = None,
    path: Path = Path("predictions"),
    units: str | None = None,
) -> Predictions:
    """Look for predictions in the groups of a file that is open, or in memory as if it were.

    Args:
        groups: by name, the root under the empty name; times are not decoded.
        frames: that are wanted.
        variable: the name of the rain, if the user says it.
        path: of the file.
        units: of the rain, if the user says them, in place of those that the file names.
    """
    made = Predictions(path, groups=groups)
    try:
        variables = find_variables(groups, [s.name for s in frames.sequences], variable)
        first = next(iter(variables.values()))
        made.attributes = {**groups[""].attrs, **first.data.attrs, **first.array.attrs}
        made.findings += _origin(made.attributes, frames)
        _check_distinct(variables, frames)
        for sequence in frames.sequences:
            own = variables[sequence.name]
            together = [s.times for s in frames.sequences if variables[s.name] is own]
            made.sequences[sequence.name] = _locate(
                own, sequence, np.concatenate(together), frames, made.findings, units
            )
    except Refused as refusal:
        made.sequences = {}
        made.findings.append(refusal.finding)
    made.findings = list(dict.fromkeys(made.findings))
    return made


def _locate(
    variable: Variable,
    sequence: FieldSequence,
    all_times: NDArray[np.datetime64],
    frames: Frames,
    findings: list[Finding],
    units: str | None,
) -> Located:
    roles = list(variable.dims)
    if roles != sorted(roles, key=("member", "time", "tile", "y", "x").index):
        findings.append(Finding("dims-order", f"{variable.name!r} has {variable.array.dims}"))
    positions, said = find_frames(variable, sequence, all_times)
    findings += [one for one in said if one.check != "frames-extra" or len(frames.sequences) == 1]
    points: Points | None = None
    cuts: list[Cut] = []
    if frames.dataset.points:
        points = find_points(variable, sequence)
    else:
        cuts, said = find_tiles(variable, sequence)
        findings += said
    step = float(frames.dataset.step / np.timedelta64(1, "h"))
    factor, said = _factor(variable.array, step, units)
    findings += said
    dim = variable.dims.get("member")
    members = 1 if dim is None else variable.array.sizes[dim]
    if not members:
        raise Refused("members", f"{variable.name!r} has none")
    return Located(variable, positions, cuts, factor, members, points)


def _factor(array: xr.DataArray, step: float, wanted: str | None) -> tuple[float, list[Finding]]:
    """From the units of a variable to mm/h; ``step`` in hours is what amounts fell in."""
    said, where = said_units(array.attrs) if wanted is None else wanted, f"the variable {array.name!r}"
    if not said:
        return 1.0, [Finding("units-missing", f"{array.name!r} is taken to be in mm/h")]
    findings = [] if wanted is None else [Finding("units-set", repr(wanted))]
    try:
        units = read_units(said, where)
        if units.kind == "amount" and not units.per:
            return units.factor / step, [*findings, Finding("units-amount", f"{said!r}, each of {step:g} h")]
        factor = to_mm_per_hour(said, where)
    except UserError as error:
        raise Refused("units-unknown", error.message) from None
    return factor, findings if factor == 1 else [*findings, Finding("units-converted", f"from {said!r}")]


def _origin(attributes: dict[str, Any], frames: Frames) -> list[Finding]:
    findings = []
    said, own = attributes.get(FINGERPRINT), frames.dataset.fingerprint()
    if said is not None and said != own:
        text = f"the file names {str(said)[:12]}, {frames.dataset.label} has {own[:12]}"
        findings.append(Finding("fingerprint", text))
    if (split := attributes.get(SPLIT, "test")) != "test":
        findings.append(Finding("split", f"it names the split {split!r}"))
    return findings


def _check_distinct(variables: dict[str, Variable], frames: Frames) -> None:
    """One variable for several sequences does where no two have a frame of one time."""
    shared = {(id(one.data), one.name) for one in variables.values()}
    if len(shared) == len(frames.sequences):
        return
    times = np.concatenate([one.times for one in frames.sequences])
    if len(np.unique(times)) < len(times):
        names = ", ".join(one.name for one in frames.sequences)
        raise Refused("sequences", f"one variable cannot hold the sequences {names}, which share times")
