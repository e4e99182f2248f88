"""The sample stage: an ensemble of every scored frame, written chunk by chunk, resumed at the last one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zarr

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import Method, SampleContext
from downbench.files import write_json
from downbench.run.contract_check import Expected, Rain, slices_of
from downbench.run.cost import COST_LOST, device_facts, measured
from downbench.run.fitted_model import load_model
from downbench.run.predictions import metadata_damage
from downbench.run.progress import progress_bar
from downbench.run.sampling_plan import SamplingPlan
from downbench.scoring.ensemble import ALWAYS_WRITTEN, create_ensemble, metadata_digests
from downbench.scoring.frames import tile_inputs
from downbench.store.record import SampleRecord, write_record
from downbench.store.record_parts import Cost, FramesPart, RainPart
from downbench.store.run_directory import LEDGER, PARTIAL, SAMPLE
from downbench.store.stages import read_stage, set_aside

CHUNK_BYTES = 4 * 2**20  # of one stored chunk of predictions


@dataclass
class SampleLedger:
    """How far sampling got, per (sequence, tile); saved after every chunk."""

    path: Path
    done: dict[str, int] = field(default_factory=dict)
    rain: Rain = field(default_factory=Rain)

    @classmethod
    def load(cls, path: Path) -> SampleLedger:
        """Read the ledger of an interrupted stage, or begin a new one."""
        if not path.is_file():
            return cls(path)
        content = json.loads(path.read_text())
        return cls(path, content["done"], Rain(**content["rain"]))

    def save(self) -> None:
        """Write it atomically."""
        write_json(self.path, {"done": self.done, "rain": vars(self.rain)})


def sample(plan: SamplingPlan, needed: bool = True) -> tuple[SampleRecord, bool]:
    """Sample the ensemble unless a finished one stands there.

    Args:
        plan: what to sample.
        needed: the predictions themselves; else it is enough that they stood there until they were scored.

    Returns:
        The record of the ensemble, and whether it stood there already.

    Raises:
        RunFailed: the method breaks its contract.
    """
    done = standing_sample(plan, needed)
    if done is not None:
        return done, True
    partial = plan.directory.sample / PARTIAL
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
    partial.rename(plan.directory.predictions)
    record = _record(plan, ledger, Cost(**cost))
    write_record(plan.directory.sample / SAMPLE, record)
    return record, False


def standing_sample(plan: SamplingPlan, needed: bool = True) -> SampleRecord | None:
    """The record of a finished ensemble, as :func:`sample` takes it; None where there is none."""
    path = plan.directory.sample / SAMPLE
    done = read_stage(path, SampleRecord)
    if done is not None and not needed:
        return done
    if done is not None and (damage := metadata_damage(plan.directory.predictions, done)):
        set_aside(plan.directory.predictions, damage)
    if not plan.directory.predictions.is_dir():
        return None
    if done is None:  # renamed into place whole, killed before its sample.json
        done = _record(plan, SampleLedger.load(plan.directory.predictions / LEDGER), COST_LOST)
        write_record(path, done)
    return done


def _record(plan: SamplingPlan, ledger: SampleLedger, cost: Cost) -> SampleRecord:
    return SampleRecord(
        key=plan.directory.sample_key,
        frames=FramesPart(**plan.frames.summary()),
        members=plan.members,
        rain=RainPart(**ledger.rain.summary()),
        device=device_facts(plan.device),
        cost=cost,
        arrays=metadata_digests(plan.directory.predictions),
    )


def _resume(partial: Path) -> SampleLedger:
    """Open the ledger of an interrupted stage; a damaged one is set aside with its chunks."""
    try:
        return SampleLedger.load(partial / LEDGER)
    except (ValueError, KeyError, TypeError) as error:
        set_aside(partial, f"{LEDGER}: {error}")
        return SampleLedger(partial / LEDGER)


def _sample_tile(
    plan: SamplingPlan,
    method: Method,
    sequence: FieldSequence,
    tile: int,
    partial: Path,
    ledger: SampleLedger,
    advance: Callable[[], None],
) -> None:
    frames = len(sequence.times)
    name = f"{sequence.name}/{tile}"
    first = ledger.done.get(name, 0)
    if first == frames:
        return
    coarse, static = tile_inputs(sequence, tile)
    valid = np.isfinite(coarse["precipitation"].to_numpy()[sequence.coarse_frames(slice(None))])
    array = _open_array(plan, sequence, partial)
    context = SampleContext(
        seed=plan.method_seed,
        sequence=sequence.name,
        tile=int(sequence.fine["tile"].to_numpy()[tile]),
        start=sequence.warmup + first // sequence.time_factor,
        device=plan.device,
        factor=plan.frames.dataset.factor,
        time_factor=sequence.time_factor,
        step=plan.frames.dataset.step,
    )
    expected = Expected(plan.name, plan.members, plan.frames.dataset.factor, sequence.times, valid, name)
    parts = slices_of(method, plan.name, coarse, static, plan.members, context)
    for at, values in expected.blocks(parts, first, array.chunks[1], ledger.rain):
        array[:, at : at + values.shape[1], tile] = values
        ledger.done[name] = at + values.shape[1]
        ledger.save()
        advance()


def _open_array(plan: SamplingPlan, sequence: FieldSequence, partial: Path) -> zarr.Array:
    group = zarr.open_group(partial, mode="a")
    name, sizes = sequence.name, sequence.fine.sizes
    if name in group:
        array = group[name]
        assert isinstance(array, zarr.Array)
        return array.with_config(ALWAYS_WRITTEN)
    frame_bytes = 4 * plan.members * sizes["y"] * sizes["x"]
    at_once = int(np.clip(CHUNK_BYTES // frame_bytes, 1, len(sequence.times)))
    shape = (plan.members, len(sequence.times), sizes["tile"], sizes["y"], sizes["x"])
    first = str(sequence.times[0])
    return create_ensemble(group, name, shape, at_once, units="mm/h", long_name="precipitation", first=first)
