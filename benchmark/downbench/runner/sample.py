"""The sample stage: an ensemble of every scored frame, written chunk by chunk, resumed at the last one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from downbench.contracts.dataset import Sequence
from downbench.contracts.method import Method, SampleContext
from downbench.errors import RunFailed
from downbench.files import write_json
from downbench.runner.cost import COST_LOST, device_facts, measured
from downbench.runner.fit import load_model
from downbench.runner.frames import tile_inputs
from downbench.runner.plan import Plan
from downbench.runner.progress import progress_bar
from downbench.runner.run_directory import read_stage, set_aside

CHUNK_BYTES = 4 * 2**20  # of one stored chunk of predictions
DIMS = ("member", "time", "y", "x")


@dataclass
class Rain:
    """What the method returned before it was clipped."""

    cells: int = 0
    negative: int = 0
    minimum: float = 0.0

    def see(self, values: NDArray[Any]) -> None:
        """Count negative rain."""
        self.cells += int(np.isfinite(values).sum())
        self.negative += int((values < 0).sum())
        self.minimum = float(min(self.minimum, np.nanmin(values, initial=0.0)))

    def summary(self) -> dict[str, float]:
        """Share of negative cells, and the minimum in mm/h."""
        return {"negative_fraction": self.negative / max(self.cells, 1), "minimum": self.minimum}


@dataclass
class Ledger:
    """How far sampling got, per (sequence, tile); saved after every chunk."""

    path: Path
    done: dict[str, int] = field(default_factory=dict)
    rain: Rain = field(default_factory=Rain)

    @classmethod
    def load(cls, path: Path) -> Ledger:
        """Read the ledger of an interrupted stage, or begin a new one."""
        if not path.is_file():
            return cls(path)
        content = json.loads(path.read_text())
        return cls(path, content["done"], Rain(**content["rain"]))

    def save(self) -> None:
        """Write it atomically."""
        write_json(self.path, {"done": self.done, "rain": vars(self.rain)})


def sample(plan: Plan, again: bool = False) -> tuple[dict[str, Any], bool]:
    """Sample the ensemble unless a finished one stands there, or stood there until it was scored.

    ``again``: also when it was deleted after it had been scored.

    Returns:
        Content of ``sample.json``, and whether it stood there already.

    Raises:
        RunFailed: the method breaks its contract.
    """
    path = plan.directory.sample / "sample.json"
    done = read_stage(path)
    scored = plan.directory.score.is_dir() and not again
    if done is not None and (plan.directory.predictions.is_dir() or scored):
        return done, True
    if plan.directory.predictions.is_dir():  # renamed into place whole, killed before its sample.json
        ledger = Ledger.load(plan.directory.predictions / "ledger.json")
        result = _summary(plan, ledger, dict(COST_LOST))
        write_json(path, result)
        return result, True
    partial = plan.directory.sample / "partial.zarr"
    ledger = _resume(partial)
    method = load_model(plan)
    total = plan.frames.count * plan.frames.sequences[0].fine.sizes["tile"]
    with progress_bar(f"sample {plan.label}") as progress, measured() as cost:

        def advance() -> None:
            progress(sum(ledger.done.values()), total, "")

        for sequence, tile in plan.frames.tiles:
            _sample_tile(plan, method, sequence, tile, partial, ledger, advance)
    days = plan.frames.count * float(plan.frames.dataset.step / np.timedelta64(1, "D"))
    cost["s_per_day_member"] = round(cost["wall_s"] / max(days * plan.members, 1e-9), 4)
    result = _summary(plan, ledger, cost)
    partial.rename(plan.directory.predictions)
    write_json(path, result)
    return result, False


def _summary(plan: Plan, ledger: Ledger, cost: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": plan.directory.sample_key,
        "frames": plan.frames.summary(),
        "members": plan.members,
        "rain": ledger.rain.summary(),
        "device": device_facts(plan.device),
        "cost": cost,
    }


def _resume(partial: Path) -> Ledger:
    """Open the ledger of an interrupted stage; a damaged one is set aside with its chunks."""
    try:
        return Ledger.load(partial / "ledger.json")
    except (ValueError, KeyError, TypeError) as error:
        set_aside(partial, f"ledger.json: {error}")
        return Ledger(partial / "ledger.json")


def _sample_tile(
    plan: Plan,
    method: Method,
    sequence: Sequence,
    tile: int,
    partial: Path,
    ledger: Ledger,
    advance: Callable[[], None],
) -> None:
    frames = len(sequence.times)
    name = f"{sequence.name}/{tile}"
    first = ledger.done.get(name, 0)
    if first == frames:
        return
    coarse, static = tile_inputs(sequence, tile)
    valid = np.isfinite(coarse["precipitation"].to_numpy()[sequence.warmup :])
    array = _open_array(plan, sequence, partial)
    at_once = array.chunks[1]
    context = SampleContext(
        seed=plan.method_seed,
        sequence=sequence.name,
        tile=int(sequence.fine["tile"].to_numpy()[tile]),
        start=sequence.warmup + first,
        device=plan.device,
        factor=plan.frames.dataset.factor,
    )
    pending: list[NDArray[Any]] = []
    at, held = first, 0
    times = sequence.times
    for part in _checked(plan, method.sample(coarse, static, plan.members, context), times, first):
        pending.append(part)
        held += part.shape[1]
        while held >= at_once or (held and at + held == frames):
            block = np.concatenate(pending, axis=1)
            now = min(at_once, held)
            values = _mask(
                plan, block[:, :now], valid[at : at + now], ledger.rain, name, times[at : at + now]
            )
            array[:, at : at + now, tile] = values
            at, held, pending = at + now, held - now, [block[:, now:]]
            ledger.done[name] = at
            ledger.save()
            advance()
    if at != frames:
        raise RunFailed(
            f"{plan.info.name} stopped after {at + held} of {frames} frames ({name})",
            "sample() must yield every frame from context.start to the end of coarse.time",
        )


def _open_array(plan: Plan, sequence: Sequence, partial: Path) -> zarr.Array:
    group = zarr.open_group(partial, mode="a")
    name = sequence.name
    if name in group:
        found = group[name]
        assert isinstance(found, zarr.Array)
        return found
    sizes = sequence.fine.sizes
    frame_bytes = 4 * plan.members * sizes["y"] * sizes["x"]
    at_once = int(np.clip(CHUNK_BYTES // frame_bytes, 1, len(sequence.times)))
    return group.create_array(
        name,
        shape=(plan.members, len(sequence.times), sizes["tile"], sizes["y"], sizes["x"]),
        chunks=(plan.members, at_once, 1, sizes["y"], sizes["x"]),
        dtype="float32",
        fill_value=float("nan"),
        compressors=BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle"),
        dimension_names=["member", "time", "tile", "y", "x"],
        attributes={"units": "mm/h", "long_name": "precipitation", "first": str(sequence.times[0])},
    )


def _checked(
    plan: Plan, parts: Iterator[xr.DataArray], times: NDArray[Any], first: int
) -> Iterator[NDArray[np.float32]]:
    """Hold what a method yields against the contract; drop frames before the first wanted one."""
    name, at = plan.info.name, first
    for part in parts:
        if set(part.dims) != set(DIMS):
            raise RunFailed(f"{name} yielded dims {part.dims}", f"sample() must yield {DIMS}")
        part = part.transpose(*DIMS)
        if part.sizes["member"] != plan.members:
            raise RunFailed(
                f"{name} yielded {part.sizes['member']} members, {plan.members} were asked for",
                "" if plan.members > 1 else "a deterministic method yields one member",
            )
        got = part["time"].to_numpy() if "time" in part.coords else None
        if got is None:
            raise RunFailed(f"{name} yielded a slice without times", "keep the time coordinate of coarse")
        keep = got >= times[at] if at < len(times) else np.zeros(len(got), bool)
        got = got[keep]
        if not np.array_equal(got, times[at : at + len(got)]):
            raise RunFailed(
                f"{name} yielded times out of order: {got[0]} where {times[at]} was due",
                "yield each frame once, in order of time",
            )
        if len(got):
            yield np.asarray(part.to_numpy()[:, keep], dtype=np.float32)
            at += len(got)


def _mask(
    plan: Plan, values: NDArray[Any], valid: NDArray[Any], rain: Rain, where: str, times: NDArray[Any]
) -> NDArray[Any]:
    """Blank cells without coarse input, refuse other missing values, measure negative rain and clip it."""
    factor = plan.frames.dataset.factor
    fine = valid.repeat(factor, axis=1).repeat(factor, axis=2)
    if values.shape[2:] != fine.shape[1:]:
        raise RunFailed(
            f"{plan.info.name} yielded {values.shape[2]}x{values.shape[3]} cells where "
            f"{fine.shape[1]}x{fine.shape[2]} were due ({where})"
        )
    bad = ~np.isfinite(values) & fine
    if bad.any():
        _, frame, y, x = np.argwhere(bad)[0]
        raise RunFailed(
            f"{plan.info.name} yielded {int(bad.sum())} missing or infinite values where its input is valid, "
            f"the first at {times[frame]}, cell ({y}, {x}) of {where}"
        )
    masked = np.where(fine, values, np.float32(np.nan))
    rain.see(masked)
    return np.maximum(masked, 0)
