"""Does a method yield what was asked for: kinds, dims, members, times, cells, and rain that can be?"""

from __future__ import annotations

import numpy as np

from downbench.pipeline.contract_check import DIMS, misplaced_cells
from downbench.rain_values import RAIN_LIMIT
from downbench.testing.check import Failed, check
from downbench.testing.methods.at_work import FRAMES, MethodAtWork

NEGATIVE_SHARE = 0.1  # of the mean rain that is added when negative rain is clipped
_YIELDS = ("fits", "yields")


@check("its signature is fit(self, train, validation, context); what it raises is named with its line")
def fits(method: MethodAtWork) -> None:
    """It can be made with its configuration and fitted on a few frames."""
    _ = method.fitted


@check(
    "yield xr.DataArray(values, dims=('member', 'time', 'y', 'x'), coords={'time': ...}) slice by slice",
    ["fits"],
)
def yields(method: MethodAtWork) -> None:
    """`sample` yields slices as xarray.DataArray, to the end and without an error."""
    if not method.slices:
        raise Failed("sample() yielded nothing", method.at)


@check(f"name the dims {', '.join(DIMS)}, in any order", _YIELDS)
def dims(method: MethodAtWork) -> None:
    """Each slice has the dims member, time, y and x, in any order, and the fine grid's size."""
    want = dict(zip(("y", "x"), method.scene.fine.shape[2:], strict=True))
    for part in method.slices:
        if set(part.dims) != set(DIMS):
            raise Failed(f"a slice has the dims {part.dims}", method.at)
        if (got := {dim: part.sizes[dim] for dim in want}) != want:
            raise Failed(
                f"a slice has the sizes {got} where {want} were due", method.at, _size_hint(got, want)
            )


def _size_hint(got: dict[str, int], want: dict[str, int]) -> str:
    if (got["y"], got["x"]) == (want["x"], want["y"]):
        return "rows and columns are swapped"
    return "each coarse cell is context.factor fine cells wide and high"


@check(
    "yield as many members as `members` says, and one where MethodInfo(probabilistic=False)",
    [*_YIELDS, "dims"],
)
def members(method: MethodAtWork) -> None:
    """Each slice has as many members as were asked for; a deterministic method has one."""
    for part in method.slices:
        if part.sizes["member"] != method.members:
            raise Failed(
                f"a slice has {part.sizes['member']} members where {method.members} were due", method.at
            )


@check(
    "keep the time coordinate of coarse: `coords={'time': coarse['time'][first:last]}`", [*_YIELDS, "dims"]
)
def times(method: MethodAtWork) -> None:
    """Each frame is yielded once, in order, with its time, and none that was not asked for."""
    want = method.scene.times
    for part in method.slices:
        if "time" not in part.coords:
            raise Failed("a slice has no coordinate 'time'", method.at)
    got = np.concatenate([part["time"].to_numpy() for part in method.slices])
    if got.dtype.kind != "M":
        raise Failed(f"the times are of the type {got.dtype}", method.at)
    if strange := [time for time in got if time not in want]:
        raise Failed(
            f"{len(strange)} of {len(got)} times are none of those of the input, such as {strange[0]}",
            method.at,
        )
    if len(got) != FRAMES:
        raise Failed(f"{len(got)} frames were yielded where {FRAMES} were due", method.at)
    if not np.array_equal(got, want):
        raise Failed("the frames are out of order", method.at)


@check("leave out the coordinates y and x, or take those of static", [*_YIELDS, "dims"])
def coordinates(method: MethodAtWork) -> None:
    """Coordinates y and x, where a slice has them, are those of the fine grid."""
    for part in method.slices:
        if text := misplaced_cells(part, method.scene.fine):
            raise Failed(text, method.at)


@check("fill missing input before you work with it; dry cells are zero, not NaN", [*_YIELDS, "dims", "times"])
def finite(method: MethodAtWork) -> None:
    """Rain is a finite real number wherever the input is."""
    values = method.ensemble
    if not np.isfinite(values).all():
        bad = np.argwhere(~np.isfinite(values))[0]
        share = 1 - np.isfinite(values).mean()
        raise Failed(
            f"{share:.1%} of the cells are missing or infinite, such as "
            f"(member, time, y, x) = {tuple(map(int, bad))}",
            method.at,
        )
    if values.max() > RAIN_LIMIT:
        raise Failed(f"there is rain of {values.max():.3g} mm/h", method.at, "yield rain in mm/h")


@check(
    "clip it yourself, np.maximum(rain, 0), or learn a transformed rain that cannot be negative",
    ["finite", "units"],
)
def negative_rain(method: MethodAtWork) -> None:
    """Clipping negative rain, as every run does, adds less than a tenth to the mean rain."""
    values = method.ensemble
    added = float(np.minimum(values, 0).mean())
    mean = float(method.scene.coarse["precipitation"].mean())
    if -added > NEGATIVE_SHARE * mean:
        raise Failed(
            f"{(values < 0).mean():.0%} of the cells have negative rain; clipping it adds "
            f"{-added / mean:.0%} of the mean rain",
            method.at,
        )


@check("look at what sample() makes of its input: rain that never changes is no downscaling", ["finite"])
def rain_at_all(method: MethodAtWork) -> None:
    """Where it rains in the input, the rain is not zero everywhere, nor the same in all cells or frames."""
    values = method.ensemble
    if not (values > 0).any():
        raise Failed("no cell has any rain", method.at)
    if np.ptp(values[:, 0]) == 0:
        raise Failed("all cells of a frame are alike", method.at)
    if all(np.array_equal(values[:, 0], values[:, t]) for t in range(1, FRAMES)):
        raise Failed("all frames are alike", method.at)


CHECKS = (fits, yields, dims, members, times, coordinates, finite, rain_at_all)
