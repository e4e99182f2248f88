"""Downscaling somebody's own coarse file with a fitted method, chunk by chunk, resumed after a kill."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from downbench.apply.fine_store import create_store, rain_of, to_netcdf, write_block
from downbench.apply.request import ApplyRequest
from downbench.apply.time_pieces import Piece
from downbench.contracts.method import Method, SampleContext
from downbench.dates import date_text
from downbench.errors import UserError
from downbench.files import write_json
from downbench.run.contract_check import Expected, Rain, slices_of
from downbench.run.cost import device_facts, measured
from downbench.run.progress import progress_bar
from downbench.scoring.frames import one_tile
from downbench.store.locks import locked_by
from downbench.temporaries import delete, remove_leftovers
from downbench.units import to_mm_per_hour

LEDGER, REQUEST, UNFINISHED = "apply.json", "downbench_request", ".partial"


@dataclass
class PieceProgress:
    """How far a piece of a tile has got, counted from its first wanted frame.

    Args:
        done: frames that are written.
        restart: where the method begins again: the start of the slice that it yielded last. A restart there
            gives the same batches, and so the same bits, as one that was never interrupted.
    """

    done: int = 0
    restart: int = 0


@dataclass
class ApplyLedger:
    """What has been made, saved after every chunk."""

    path: Path
    identity: dict[str, Any]
    progress: dict[str, PieceProgress] = field(default_factory=dict)
    rain: Rain = field(default_factory=Rain)

    @classmethod
    def load(cls, path: Path) -> ApplyLedger | None:
        """Read the ledger of interrupted work; None where there is none that can be read."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            progress = {name: PieceProgress(**value) for name, value in content["progress"].items()}
            return cls(path, content["identity"], progress, Rain(**content["rain"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self) -> None:
        """Write it atomically."""
        progress = {name: vars(value) for name, value in self.progress.items()}
        write_json(self.path, {"identity": self.identity, "progress": progress, "rain": vars(self.rain)})

    @property
    def frames(self) -> int:
        """Frames written, over all tiles."""
        return sum(value.done for value in self.progress.values())


def apply(request: ApplyRequest, out: Path) -> dict[str, Any]:
    """Make the fine fields unless they stand there, resuming what was interrupted.

    Unfinished output stands beside ``out`` in a folder with ``.partial`` behind its name.

    Args:
        request: what is asked for.
        out: a zarr group, or a NetCDF file where it ends in ``.nc``.

    Raises:
        UserError: something else stands at ``out``, or the unfinished output is of another request.
        RunFailed: the method breaks its contract.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with locked_by(out.with_name(f".{out.name}.lock"), str(out), keep=False):
        if out.exists():
            _refuse_other(
                _request_of(out), request.identity, f"{out} stands there already", "choose another --out"
            )
            _drop_remains(request, out)
            return _summary(request, out, None, {}, reused=True)
        remove_leftovers(out.parent, out.name)
        with measured() as cost:
            ledger, resumed = _make(request, out)
        return _summary(request, out, ledger.rain, cost, resumed=resumed)


def _make(request: ApplyRequest, out: Path) -> tuple[ApplyLedger, bool]:
    """Make what is missing, and give it its name; whether it was resumed."""
    partial = out.with_name(f"{out.name}{UNFINISHED}")
    partial.mkdir(exist_ok=True)
    ledger, resumed = _begin(request, partial)
    method = request.load()
    tiles = request.source.fields.sizes["tile"]
    total = tiles * (request.wanted.stop - request.wanted.start)
    with progress_bar(f"apply  {request.info.name}") as progress:

        def advance() -> None:
            progress(ledger.frames, total, "")

        for tile in range(tiles):
            for piece in request.pieces:
                _sample(request, method, tile, piece, partial, ledger, advance)
    _finish(partial, out)
    return ledger, resumed


def _drop_remains(request: ApplyRequest, out: Path) -> None:
    """Delete what a process that was killed in its last step left beside the finished output."""
    partial = out.with_name(f"{out.name}{UNFINISHED}")
    ledger = ApplyLedger.load(partial / LEDGER)
    if ledger is None or ledger.identity == request.identity:
        delete(partial)


def _begin(request: ApplyRequest, partial: Path) -> tuple[ApplyLedger, bool]:
    """Go on with unfinished output, or create it."""
    ledger = ApplyLedger.load(partial / LEDGER)
    if ledger is not None:
        _refuse_other(
            ledger.identity,
            request.identity,
            f"{partial} is unfinished",
            "finish it with the same request, or delete it",
        )
        return ledger, ledger.frames > 0
    for left in list(partial.iterdir()):  # created but not begun
        delete(left)
    create_store(
        partial,
        request.source,
        request.wanted,
        request.members,
        request.factor,
        request.rain_attributes(),
        request.provenance(),
    )
    ledger = ApplyLedger(partial / LEDGER, request.identity)
    ledger.save()
    return ledger, False


def _request_of(out: Path) -> dict[str, Any]:
    """Identity of finished output.

    Raises:
        UserError: it is none of ours.
    """
    try:
        if out.is_dir():
            text: Any = zarr.open_group(out, mode="r").attrs[REQUEST]
        else:
            with xr.open_dataset(out, decode_times=False) as file:
                text = file.attrs[REQUEST]
        request = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{out} exists, and was not made by bench apply", "choose another --out") from None
    return dict(request)


def _refuse_other(theirs: dict[str, Any], ours: dict[str, Any], what: str, hint: str) -> None:
    differing = [
        f"{key} {theirs.get(key)!r} there, {ours[key]!r} now" for key in ours if theirs.get(key) != ours[key]
    ]
    if differing:
        raise UserError(f"{what}, of another request: {'; '.join(differing)}", hint)


def _sample(
    request: ApplyRequest,
    method: Method,
    tile: int,
    piece: Piece,
    partial: Path,
    ledger: ApplyLedger,
    advance: Callable[[], None],
) -> None:
    """Sample what is missing of one piece of one tile."""
    frames = piece.stop - piece.first
    name = f"{piece.first}-{piece.stop}/{tile}"
    state = ledger.progress.setdefault(name, PieceProgress())
    if state.done == frames:
        return
    source = request.source
    coarse = one_tile(source.fields.isel(time=slice(piece.begin, piece.end)), tile)
    lead = piece.first - piece.begin
    times = coarse["time"].to_numpy()[lead : lead + frames]
    valid = np.isfinite(coarse["precipitation"].to_numpy()[lead : lead + frames])
    where = f"tile {tile}"
    expected = Expected(request.info.name, request.members, request.factor, times, valid, where)
    context = SampleContext(
        seed=request.method_seed,
        sequence=request.sequence,
        tile=tile,
        start=lead + state.restart,
        device=request.device,
        factor=request.factor,
    )
    static = one_tile(source.static, tile)
    parts = slices_of(method, request.info.name, coarse, static, request.members, context)
    slices = Slices(parts, times)
    rain = rain_of(partial)
    scale = np.float32(1 / to_mm_per_hour(request.units, "--units"))
    offset = piece.first - request.wanted.start
    for at, values in expected.blocks(iter(slices), state.done, rain.chunks[1], ledger.rain):
        write_block(rain, offset + at, tile, values * scale)
        state.done = at + values.shape[1]
        state.restart = slices.restart(state.done)
        ledger.save()
        advance()


class Slices:
    """What a method yields, with a note of where its last slice begins and ends."""

    def __init__(self, parts: Iterator[xr.DataArray], times: Any) -> None:
        self._parts, self._times = parts, times
        self._first = self._end = 0

    def __iter__(self) -> Iterator[xr.DataArray]:
        for part in self._parts:
            if "time" in part.coords and part.sizes["time"]:
                got = part["time"].to_numpy()
                self._first = int(np.searchsorted(self._times, got[0]))
                self._end = int(np.searchsorted(self._times, got[-1], "right"))
            yield part

    def restart(self, done: int) -> int:
        """Where a method must begin to give the same slices from frame ``done`` on."""
        return done if done == self._end else self._first


def _finish(partial: Path, out: Path) -> None:
    """Give finished output its name."""
    if out.suffix == ".nc":
        to_netcdf(partial, out)
        shutil.rmtree(partial)
        return
    with warnings.catch_warnings():  # not in the zarr 3 specification yet, but xarray wants it
        warnings.simplefilter("ignore", UserWarning)
        zarr.consolidate_metadata(partial)
    for left in [*partial.rglob("*.partial"), *partial.rglob("*.tmp")]:  # of a kill
        left.unlink(missing_ok=True)
    partial.rename(out)
    delete(out / LEDGER)


def _summary(
    request: ApplyRequest,
    out: Path,
    rain: Rain | None,
    cost: dict[str, Any],
    resumed: bool = False,
    reused: bool = False,
) -> dict[str, Any]:
    times = request.source.fields["time"].to_numpy()[request.wanted]
    sizes = request.source.fields.sizes
    return {
        "out": str(out),
        "method": request.entry.full_name,
        "fit": request.weights.card.key,
        "members": request.members,
        "seed": request.seed,
        "sequence": request.sequence,
        "frames": len(times),
        "first": date_text(times[0], request.calendar),
        "last": date_text(times[-1], request.calendar),
        "tiles": sizes["tile"],
        "y": sizes["y"] * request.factor,
        "x": sizes["x"] * request.factor,
        "units": request.units,
        "reused": reused,
        "resumed": resumed,
        "rain": rain.summary() if rain else None,
        "device": device_facts(request.device).model_dump(),
        "cost": cost,
    }
