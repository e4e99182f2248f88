"""What of an ensemble is stored already, and what is left: by tile, group of members and stretch of time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from downbench.files import write_json
from downbench.pipeline.cluster.tasks import tasks_for
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.coordinates import write_coordinates
from downbench.pipeline.stretches.cutting import Interval, gaps, group_count, groups_of, with_interval
from downbench.pipeline.stretches.notes import Part, not_among, notes_on
from downbench.pipeline.stretches.sampling import Stretch
from downbench.pipeline.stretches.storing import frames_together, open_array
from downbench.store.run_directory import LEDGER
from downbench.store.stages import set_aside


@dataclass
class SampleLedger:
    """Which frames are sampled of each tile, or of a group of its members; saved after every chunk."""

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
        """Count frames as sampled, and save."""
        self.done[name] = with_interval(self.done.get(name, []), (stretch.start, stretch.stop))
        self.rain.add(rain)
        write_json(self.path, {"done": self.done, "rain": vars(self.rain)})


def part_of(stretch: Stretch) -> Part:
    """What a stretch is part of, as notes of workers have it."""
    return stretch.sequence, stretch.tile, *(stretch.group or (0, 0))


def resume(partial: Path) -> SampleLedger:
    """Open the ledger of an interrupted stage; a damaged one is set aside with its chunks."""
    try:
        return SampleLedger.load(partial / LEDGER)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        set_aside(partial, f"{LEDGER}: {error}")
        return SampleLedger(partial / LEDGER)


def what_is_left(plan: SamplingPlan, partial: Path, ledger: SampleLedger) -> list[Stretch]:
    """What is left to be sampled, by the ledger and by what workers noted whose client was gone.

    The arrays that it goes into are created.
    """
    out = []
    write_coordinates(partial, plan.frames.sequences, plan.members)
    wanted = _wanted_groups(plan)
    for number, sequence in enumerate(plan.frames.sequences):
        groups = groups_of(plan.members, open_array(plan, number, partial, wanted).chunks[0])
        for tile, group in product(range(sequence.fine.sizes["tile"]), groups):
            whole = Stretch(number, tile, 0, len(sequence.times), group)
            name = name_of(plan, whole)
            for note in not_among(notes_on(partial, part_of(whole)), ledger.done.get(name, [])):
                ledger.note(name, whole._replace(start=note.start, stop=note.stop), note.rain)
            done = ledger.done.get(name, [])
            out += [whole._replace(start=start, stop=stop) for start, stop in gaps(done, whole.stop)]
    return out


def _wanted_groups(plan: SamplingPlan) -> int:
    """Groups of members in which a cluster samples; their number stays as it is once arrays are created."""
    if plan.scheduler is None or "member" not in plan.cuts:
        return 1
    pieces = 0
    for number, sequence in enumerate(plan.frames.sequences):
        chunks = -(-len(sequence.times) // frames_together(plan, number, plan.members))
        pieces += sequence.fine.sizes["tile"] * (chunks if "time" in plan.cuts else 1)
    return group_count(tasks_for(plan.scheduler), pieces, plan.members, plan.cuts)


def name_of(plan: SamplingPlan, stretch: Stretch) -> str:
    """What a stretch is part of, as the ledger calls it."""
    group = "" if stretch.group is None else "/{}-{}".format(*stretch.group)
    return f"{plan.frames.sequences[stretch.sequence].name}/{stretch.tile}{group}"


def values_of(plan: SamplingPlan, stretch: Stretch) -> int:
    """Frames of a stretch, over its members."""
    first, last = stretch.group or (0, plan.members)
    return (stretch.stop - stretch.start) * (last - first)
