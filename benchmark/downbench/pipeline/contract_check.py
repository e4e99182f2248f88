"""What a method yields, held against the contract, masked and regrouped into blocks of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.method import Method, SampleContext
from downbench.errors import RunFailed, UserError
from downbench.guard import defined_at, running
from downbench.units import said_units, to_mm_per_hour

DIMS = ("member", "time", "y", "x")
_YIELD = (
    "yield each slice as an xarray.DataArray: yield xr.DataArray(values, dims=('member', 'time', 'y', 'x'), "
    "coords={'time': coarse['time'][first:last]})"
)
_KEEP_TIMES = "keep the time coordinate of coarse: coords={'time': coarse['time'][first:last]}"


def slices_of(
    method: Method, name: str, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
) -> Iterator[xr.DataArray]:
    """Run a method's author's code, slice by slice; what it hands over is checked for its kind and unit.

    Args:
        method: fitted.
        name: of the method, for messages.
        coarse: one tile's sequence (time, y, x).
        static: fine static fields (y, x).
        members: how many are asked for.
        context: of the tile.

    Raises:
        RunFailed: the code fails, or hands over something else; names its line.
    """
    what, code = f"method {name!r}", type(method)
    at = defined_at(code.sample)
    with running(what, code):
        returned: object = method.sample(coarse, static, members, context)
    if isinstance(returned, xr.DataArray | np.ndarray) or not isinstance(returned, Iterable):
        raise RunFailed(f"{what}: sample() returned {_kind(returned)} ({at})", _YIELD)
    with running(what, code):
        parts = iter(returned)
    end = object()
    while True:
        with running(what, code):
            part = next(parts, end)
        if part is end:
            return
        if not isinstance(part, xr.DataArray):
            raise RunFailed(f"{what}: sample() yielded {_kind(part)} ({at})", _YIELD)
        _refuse_other_units(what, part, at)
        yield part


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__module__}.{type(value).__qualname__}"


def _refuse_other_units(what: str, part: xr.DataArray, at: str) -> None:
    units = said_units(part.attrs)
    if not units:
        return
    try:
        factor = to_mm_per_hour(units, what)
    except UserError:
        factor = float("nan")
    if factor != 1:
        raise RunFailed(
            f"{what}: sample() yielded rain in {units!r} ({at})",
            "yield it in mm/h; without the attribute 'units' it is taken to be so",
        )


def misplaced_cells(part: xr.DataArray, fine: xr.DataArray) -> str:
    """What is wrong with the coordinates y and x of a slice; empty where they are those of the fine grid.

    A slice may lack them, and so may the fine grid.
    """
    for dim in ("y", "x"):
        if dim not in part.indexes or dim not in fine.indexes:
            continue
        got, want = part[dim].to_numpy(), fine[dim].to_numpy()
        if got.shape == want.shape and not np.allclose(got, want, rtol=1e-5, atol=1e-5):
            turned = np.allclose(got[::-1], want, rtol=1e-5, atol=1e-5)
            how = (
                "in the other order"
                if turned
                else f"{got[0]:g} to {got[-1]:g}, not {want[0]:g} to {want[-1]:g}"
            )
            return f"the coordinate {dim} of a slice is not that of the fine grid: it runs {how}"
    return ""


@dataclass
class Rain:
    """What the method returned before it was clipped."""

    cells: int = 0
    negative: int = 0
    minimum: float = 0.0
    below: float = 0.0  # sum of negative rain [mm/h]

    def add(self, other: Rain) -> None:
        """Count what another has seen too."""
        self.cells += other.cells
        self.negative += other.negative
        self.minimum = min(self.minimum, other.minimum)
        self.below += other.below

    def take(self) -> Rain:
        """What has been counted so far; counting begins anew."""
        counted = replace(self)
        self.cells, self.negative, self.minimum, self.below = 0, 0, 0.0, 0.0
        return counted

    def summary(self) -> dict[str, float]:
        """Share of negative cells, and the minimum in mm/h."""
        return {"negative_fraction": self.negative / max(self.cells, 1), "minimum": self.minimum}


class Mask(Protocol):
    """Where the coarse input is, (time, y, x): an array, or something that reads the frames asked for."""

    def __getitem__(self, frames: slice, /) -> NDArray[np.bool_]: ...


@dataclass(frozen=True)
class Expected:
    """What one tile's slices must be.

    Args:
        name: of the method.
        members: in each slice.
        factor: fine cells along the edge of a coarse one.
        times: of all wanted frames.
        valid: where the coarse input is, (time, y, x) coarse.
        where: the tile, for messages.
        fine: a field with the coordinates of the fine grid, where these are to be compared.
        at: the place of the author's ``sample``, for messages.
    """

    name: str
    members: int
    factor: int
    times: NDArray[Any]
    valid: Mask
    where: str
    fine: xr.DataArray | None = None
    at: str = ""

    def _broken(self, text: str, hint: str) -> RunFailed:
        """What is wrong with what was yielded, with the line of who yields it, and a remedy."""
        return RunFailed(f"{self.name} {text}{f' ({self.at})' if self.at else ''}", hint)

    def checked(self, parts: Iterator[xr.DataArray], first: int) -> Iterator[NDArray[np.float32]]:
        """Hold slices against the contract; drop frames before frame ``first`` of the wanted ones.

        Yields:
            (member, time, y, x), in order of time.

        Raises:
            RunFailed: wrong dims, members or times.
        """
        at = first
        for part in parts:
            if set(part.dims) != set(DIMS):
                raise self._broken(f"yielded dims {part.dims}", f"sample() must yield {DIMS}")
            if self.fine is not None and (text := misplaced_cells(part, self.fine)):
                raise self._broken(
                    f"yielded rain elsewhere: {text}",
                    "leave out the coordinates y and x, or take those of static",
                )
            part = part.transpose(*DIMS)
            if part.sizes["member"] != self.members:
                raise self._broken(
                    f"yielded {part.sizes['member']} members, {self.members} were asked for",
                    "yield as many as `members` says; a method that has one alone says "
                    "MethodInfo(probabilistic=False)"
                    if self.members > 1
                    else "a deterministic method yields one member",
                )
            got = part["time"].to_numpy() if "time" in part.coords else None
            if got is None:
                raise self._broken("yielded a slice without times", _KEEP_TIMES)
            if got.dtype.kind != self.times.dtype.kind:
                raise self._broken(f"yielded times of the type {got.dtype}", _KEEP_TIMES)
            keep = np.zeros(len(got), bool)
            if at < len(self.times):  # what follows the last wanted frame was context
                keep = (got >= self.times[at]) & (got <= self.times[-1])
            got = got[keep]
            if not np.array_equal(got, self.times[at : at + len(got)]):
                raise self._broken(
                    f"yielded times out of order: {got[0]} where {self.times[at]} was due",
                    "yield each frame once, in order of time",
                )
            if part.dtype.kind not in "biufO":
                raise self._broken(
                    f"yielded values of the type {part.dtype}", "yield rain in mm/h, as float32"
                )
            if len(got):
                start = int(keep.argmax())  # those that are kept follow one another
                values = part.to_numpy()[:, start : start + len(got)]
                yield np.array(values, dtype=np.float32, order="C")  # a method may use its array again
                at += len(got)

    def masked(self, values: NDArray[Any], at: int, rain: Rain) -> NDArray[Any]:
        """Blank cells without coarse input, refuse other missing values, measure negative rain and clip it.

        Args:
            values: of the frames from ``at`` on, (member, time, y, x); they are changed in place.
            at: position of the first among the wanted frames.
            rain: keeps count.

        Raises:
            RunFailed: wrong size, or missing values where the input is valid.
        """
        from downbench.scoring.kernels.clipping import blank_and_clip  # lazily: numba is slow to import

        stop = at + values.shape[1]
        fine = self.valid[at:stop].repeat(self.factor, axis=1).repeat(self.factor, axis=2)
        if values.shape[2:] != fine.shape[1:]:
            swapped = values.shape[2:] == fine.shape[:0:-1]
            raise self._broken(
                f"yielded {values.shape[2]}x{values.shape[3]} cells where "
                f"{fine.shape[1]}x{fine.shape[2]} were due ({self.where})",
                "rows and columns are swapped: y is the axis before the last, x the last"
                if swapped
                else f"each coarse cell is context.factor, here {self.factor}, fine cells wide and high",
            )
        seen = blank_and_clip(values, fine)
        if seen.missing:
            _, frame, y, x = np.argwhere(~np.isfinite(values) & fine)[0]
            raise self._broken(
                f"yielded {seen.missing} missing or infinite values where its input is valid, "
                f"the first at {self.times[at + frame]}, cell ({y}, {x}) of {self.where}",
                "fill missing input before you work with it, with downbench.fill_nearest; beware of dividing "
                "by zero; dry cells are zero, not NaN",
            )
        rain.add(Rain(seen.finite, seen.negative, seen.minimum, seen.below))
        return values

    def blocks(
        self, parts: Iterator[xr.DataArray], first: int, at_once: int, rain: Rain
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Regroup checked and masked slices into blocks of ``at_once`` frames, counted from ``first``.

        Yields and raises as :meth:`blocks_to`.
        """
        frames = len(self.times)
        return self.blocks_to(parts, first, [*range(first + at_once, frames, at_once), frames], rain)

    def blocks_to(
        self, parts: Iterator[xr.DataArray], first: int, ends: Sequence[int], rain: Rain
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Regroup checked and masked slices into blocks that end where ``ends`` say, the first at ``first``.

        Yields:
            Position of a block's first frame, and the block (member, time, y, x) in mm/h.

        Raises:
            RunFailed: the method breaks its contract, or stops early.
        """
        frames = len(self.times)
        pending: list[NDArray[Any]] = []
        at, held = first, 0
        left = [end for end in ends if end > first]
        for part in self.checked(parts, first):
            pending.append(part)
            held += part.shape[1]
            while left and at + held >= left[0]:
                now = left.pop(0) - at
                taken = _taken(pending, now)
                joined = (
                    np.concatenate(taken, axis=1) if len(taken) > 1 else np.ascontiguousarray(taken.pop())
                )
                block = self.masked(joined, at, rain)
                del taken, joined
                yield at, block
                del block  # before the next one is made
                at, held = at + now, held - now
            if not left:
                return  # frames after the last wanted one are not asked for
        if left:
            raise self._broken(
                f"stopped after {at + held} of {frames} frames ({self.where})",
                "sample() must yield every frame from context.start to the end of coarse.time",
            )


def _taken(pending: list[NDArray[Any]], frames: int) -> list[NDArray[Any]]:
    """The first frames of arrays (member, time, y, x), which lose them."""
    taken = []
    while frames > 0:
        part = pending.pop(0)
        taken.append(part[:, :frames])
        if part.shape[1] > frames:
            pending.insert(0, part[:, frames:])
        frames -= taken[-1].shape[1]
    return taken
