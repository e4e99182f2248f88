"""The sample stage: an ensemble of every scored frame, written chunk by chunk, resumed at the last one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from downbench.files import write_json
from downbench.pipeline.cluster.tasks import TASKS_PER_THREAD, threads_of, work_on_cluster
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import COST_LOST, device_facts, measured, on_cluster
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.predictions import metadata_damage
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.coordinates import write_coordinates
from downbench.pipeline.stretches.cutting import Interval, gaps, pieces_of, with_interval
from downbench.pipeline.stretches.ensemble_recipe import recipe_of_ensemble
from downbench.pipeline.stretches.on_workers import store_on_worker
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.scored import Spent
from downbench.pipeline.stretches.storing import open_array, store_stretch
from downbench.scoring.ensemble import consolidate, metadata_digests
from downbench.store.record import SampleRecord, write_record
from downbench.store.record_parts import Cost, Device, FramesPart, RainPart
from downbench.store.run_directory import LEDGER, PARTIAL, SAMPLE
from downbench.store.stages import read_stage, set_aside


@dataclass
class SampleLedger:
    """Which frames are sampled, per (sequence, tile); saved after every chunk."""

    path: Path
    done: dict[str, list[Interval]] = field(default_factory=dict)
    rain: Rain = field(default_factory=Rain)

    @classmethod
    def load(cls, path: Path) -> SampleLedger:
        """Read the ledger of an interrupted stage, or begin a new one."""
        if not path.is_file():
            return cls(path)
        content = json.loads(path.read_text())
        done = {name: [(int(a), int(b)) for a, b in spans] for name, spans in content["done"].items()}
        return cls(path, done, Rain(**content["rain"]))

    def note(self, name: str, stretch: Stretch, rain: Rain) -> None:
        """Count frames of a tile as sampled, and save."""
        self.done[name] = with_interval(self.done.get(name, []), (stretch.start, stretch.stop))
        self.rain.add(rain)
        write_json(self.path, {"done": self.done, "rain": vars(self.rain)})

    @property
    def frames(self) -> int:
        """Frames sampled, over all tiles."""
        return sum(stop - start for spans in self.done.values() for start, stop in spans)


def sample(plan: SamplingPlan, needed: bool = True) -> tuple[SampleRecord, bool]:
    """Sample the ensemble and store it, unless a finished one stands there.

    Args:
        plan: what to sample, here or on the cluster that it names.
        needed: the predictions themselves; else it is enough that they stood there until they were scored.

    Returns:
        The record of the ensemble, and whether it stood there already.

    Raises:
        RunFailed: the method breaks its contract, or the cluster fails.
    """
    done = standing_sample(plan, needed)
    if done is not None:
        return done, True
    partial = plan.directory.sample / PARTIAL
    ledger = _resume(partial)
    total = plan.frames.count * plan.frames.sequences[0].fine.sizes["tile"]
    with progress_bar(f"sample {plan.label}") as progress, measured() as cost:

        def note(stretch: Stretch, rain: Rain) -> None:
            name = plan.frames.sequences[stretch.sequence].name
            ledger.note(f"{name}/{stretch.tile}", stretch, rain)
            progress(ledger.frames, total, "")

        missing = _missing(plan, partial, ledger)
        if plan.scheduler is None:
            device = _sample_here(plan, missing, partial, note)
        else:
            spent, device = _sample_there(plan, plan.scheduler, missing, partial, note)
    if plan.scheduler is not None:
        cost = on_cluster(spent.sample_wall, spent.sample_cpu)
    consolidate(partial)
    partial.rename(plan.directory.predictions)
    record = _record(plan, ledger, Cost(**with_rate(plan, cost)), device)
    write_record(plan.directory.sample / SAMPLE, record)
    return record, False


def with_rate(plan: SamplingPlan, cost: dict[str, Any]) -> dict[str, Any]:
    """A cost with its seconds for each simulated day and member."""
    days = plan.frames.count * float(plan.frames.dataset.step / np.timedelta64(1, "D"))
    return cost | {"s_per_day_member": round(cost["wall_s"] / max(days * plan.members, 1e-9), 4)}


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
        ledger = SampleLedger.load(plan.directory.predictions / LEDGER)
        done = _record(plan, ledger, COST_LOST, device_facts(plan.device))
        write_record(path, done)
    return done


def _record(plan: SamplingPlan, ledger: SampleLedger, cost: Cost, device: Device) -> SampleRecord:
    return SampleRecord(
        key=plan.directory.sample_key,
        frames=FramesPart(**plan.frames.summary()),
        members=plan.members,
        rain=RainPart(**ledger.rain.summary()),
        device=device,
        cost=cost,
        arrays=metadata_digests(plan.directory.predictions),
    )


def _resume(partial: Path) -> SampleLedger:
    """Open the ledger of an interrupted stage; a damaged one is set aside with its chunks."""
    try:
        return SampleLedger.load(partial / LEDGER)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        set_aside(partial, f"{LEDGER}: {error}")
        return SampleLedger(partial / LEDGER)


def _missing(plan: SamplingPlan, partial: Path, ledger: SampleLedger) -> list[Stretch]:
    """What is left to be sampled; the arrays that it goes into are created."""
    out = []
    write_coordinates(partial, plan.frames.sequences, plan.members)
    for number, sequence in enumerate(plan.frames.sequences):
        open_array(plan, number, partial)
        for tile in range(sequence.fine.sizes["tile"]):
            done = ledger.done.get(f"{sequence.name}/{tile}", [])
            out += [Stretch(number, tile, *gap) for gap in gaps(done, len(sequence.times))]
    return out


def _sample_here(
    plan: SamplingPlan, missing: list[Stretch], partial: Path, note: Callable[[Stretch, Rain], None]
) -> Device:
    method = load_model(plan)
    for stretch in missing:
        for written, rain, _ in store_stretch(plan, method, stretch, partial):
            note(written, rain)
    return device_facts(plan.device, method)


def _sample_there(
    plan: SamplingPlan,
    scheduler: str,
    missing: list[Stretch],
    partial: Path,
    note: Callable[[Stretch, Rain], None],
) -> tuple[Spent, Device]:
    """Have workers sample; what they took in all, and the device of the last of them."""
    total, device = Spent(), device_facts(plan.device)

    def done(stretch: Stretch, result: tuple[Rain, Spent, Device]) -> None:
        nonlocal device
        rain, spent, device = result
        total.add(spent)
        note(stretch, rain)

    tasks = missing
    if "time" in plan.cuts:
        every = [open_array(plan, number, partial).chunks[1] for number in range(len(plan.frames.sequences))]
        frames = sum(stretch.stop - stretch.start for stretch in missing)
        length = max(frames // (TASKS_PER_THREAD * threads_of(scheduler)), 1)
        tasks = [
            stretch._replace(start=start, stop=stop)
            for stretch in missing
            for start, stop in pieces_of((stretch.start, stretch.stop), length, every[stretch.sequence])
        ]
    work_on_cluster(scheduler, store_on_worker, recipe_of_ensemble(plan), tasks, done)
    return total, device
