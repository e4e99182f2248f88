"""Downscaling somebody's own coarse file with a fitted method, chunk by chunk, resumed after a kill."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import xarray as xr
import zarr

from downbench.dates import date_text
from downbench.downscaling.fine_store import create_store, missing_chunks, to_netcdf
from downbench.downscaling.ledger import ApplyLedger
from downbench.downscaling.making import Made, make
from downbench.downscaling.on_workers import make_on_cluster, members_together, whole_pieces
from downbench.downscaling.provenance import provenance, rain_attributes
from downbench.downscaling.request import ApplyRequest
from downbench.errors import DamagedData, UserError
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import device_facts, measured, on_cluster
from downbench.pipeline.local_dask import read_here
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.stretches.notes import forget_notes, notes_on
from downbench.scoring.ensemble import consolidate
from downbench.store.locks import locked_by
from downbench.temporaries import delete, remove_leftovers

LEDGER, REQUEST, UNFINISHED = "apply.json", "downbench_request", ".partial"


@read_here()
def apply(request: ApplyRequest, out: Path, scheduler: str | None = None) -> dict[str, Any]:
    """Make the fine fields unless they stand there, resuming what was interrupted.

    Unfinished output stands beside ``out`` in a folder with ``.partial`` behind its name.

    Args:
        request: what is asked for.
        out: a zarr group, or a NetCDF file where it ends in ``.nc``.
        scheduler: address of a cluster that samples; None samples here. It changes no result.

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
            _check_whole(out)
            _drop_remains(request, out)
            return _summary(request, out, None, {}, reused=True)
        remove_leftovers(out.parent, out.name)
        with measured() as cost:
            ledger, resumed, spent = _make(request, out, scheduler)
        if scheduler is not None:
            cost = on_cluster(*spent)
        return _summary(request, out, ledger.rain, cost, resumed=resumed)


def _make(
    request: ApplyRequest, out: Path, scheduler: str | None
) -> tuple[ApplyLedger, bool, tuple[float, float]]:
    """Make what is missing, and give it its name; whether it was resumed, and what a cluster took."""
    partial = out.with_name(f"{out.name}{UNFINISHED}")
    partial.mkdir(exist_ok=True)
    ledger, resumed = _begin(request, partial)
    spent = (0.0, 0.0)
    total = request.source.fields.sizes["tile"] * (request.made.stop - request.made.start)
    with progress_bar(f"apply  {request.info.name}") as progress:
        if scheduler is not None and not ledger.is_begun:
            ledger.together = members_together(request, scheduler)
        missing = []
        for whole in whole_pieces(request, ledger.together):
            ledger.take_notes(whole, notes_on(partial, whole.part))
            missing += ledger.missing(whole)
        resumed = resumed or ledger.is_begun
        left = sum(work.values(request.members) for work in missing)

        def note(made: Made) -> None:
            nonlocal left
            ledger.note(*made)
            left -= made.work.values(request.members)
            progress(total - left // request.members, total, "")

        if scheduler is not None:
            spent = make_on_cluster(request, scheduler, missing, partial, note)
        else:
            method = request.load()
            for work in missing:
                restart = ledger.of(work).restart_for(work.start)
                for made in make(request, method, work, restart, partial):
                    note(made)
    _finish(partial, out)
    return ledger, resumed, spent


def _check_whole(out: Path) -> None:
    """Refuse finished output that has lost a part; what is in its parts, checksums tell whoever reads them.

    Raises:
        DamagedData: chunks are missing.
    """
    if out.is_dir() and (lost := missing_chunks(out)):
        raise DamagedData(
            out, f"{lost} of its chunks are missing", "delete it, and the same command makes it again"
        )


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
        return ledger, ledger.is_begun
    for left in list(partial.iterdir()):  # created but not begun
        delete(left)
    create_store(
        partial,
        request.source,
        request.made,
        request.members,
        request.factor,
        rain_attributes(request),
        provenance(request),
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


def _finish(partial: Path, out: Path) -> None:
    """Give finished output its name."""
    forget_notes(partial)
    if out.suffix == ".nc":
        to_netcdf(partial, out)
        shutil.rmtree(partial)
        return
    consolidate(partial)
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
        "frames": len(times) * request.time_factor,
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
