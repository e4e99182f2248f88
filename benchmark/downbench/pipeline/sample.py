"""The sample stage: an ensemble of every scored frame, written chunk by chunk, resumed at the last one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from downbench.pipeline.cluster.tasks import work_on_cluster
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import COST_LOST, device_facts, measured, on_cluster
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.predictions import metadata_damage
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.cutting import halves_of, pieces_of
from downbench.pipeline.stretches.ensemble_recipe import recipe_of_ensemble
from downbench.pipeline.stretches.ledger import SampleLedger, name_of, resume, values_of, what_is_left
from downbench.pipeline.stretches.notes import forget_notes
from downbench.pipeline.stretches.on_workers import store_on_worker
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.scored import Spent
from downbench.pipeline.stretches.storing import open_array, store_stretch
from downbench.scoring.ensemble import consolidate, metadata_digests
from downbench.store.record import SampleRecord, write_record
from downbench.store.record_parts import Cost, Device, FramesPart, RainPart
from downbench.store.run_directory import LEDGER, PARTIAL, SAMPLE
from downbench.store.stages import read_stage, set_aside


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
    ledger = resume(partial)
    total = plan.frames.count * plan.frames.sequences[0].fine.sizes["tile"]
    left = what_is_left(plan, partial, ledger)
    to_do = sum(values_of(plan, stretch) for stretch in left)
    with progress_bar(f"sample {plan.label}") as progress, measured() as cost:

        def note(stretch: Stretch, rain: Rain) -> None:
            nonlocal to_do
            ledger.note(name_of(plan, stretch), stretch, rain)
            to_do -= values_of(plan, stretch)
            progress(total - to_do // plan.members, total, "")

        if plan.scheduler is None:
            device = _sample_here(plan, left, partial, note)
        else:
            spent, device = _sample_there(plan, plan.scheduler, left, partial, note)
    if plan.scheduler is not None:
        cost = on_cluster(spent.sample_wall, spent.sample_cpu)
    forget_notes(partial)
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

    every = [open_array(plan, number, partial).chunks[1] for number in range(len(plan.frames.sequences))]

    def halves(stretch: Stretch) -> list[Stretch]:
        parts = halves_of((stretch.start, stretch.stop), every[stretch.sequence])
        return [stretch._replace(start=start, stop=stop) for start, stop in parts]

    def cut(pieces: int) -> list[Stretch]:
        tasks = missing
        if "time" in plan.cuts:
            frames = sum(stretch.stop - stretch.start for stretch in missing)
            length = max(frames // pieces, 1)
            tasks = [
                stretch._replace(start=start, stop=stop)
                for stretch in missing
                for start, stop in pieces_of((stretch.start, stretch.stop), length, every[stretch.sequence])
            ]
        # short ones fill up the end
        return sorted(tasks, key=lambda task: values_of(plan, task), reverse=True)

    work_on_cluster(scheduler, store_on_worker, recipe_of_ensemble(plan), cut, done, halves)
    return total, device
