"""A plan as names and plain values, from which another process makes the same plan.

No plug-in's object and no data are sent: the other process resolves plug-ins and opens data itself, and its
keys show whether the names stand for the same there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from downbench.contracts.dataset import Dataset
from downbench.errors import RunFailed
from downbench.isolation.limits import Isolation
from downbench.models.weights import weights_for
from downbench.pipeline.metric_set import MetricSet, make_metric
from downbench.pipeline.named_datasets import full_name_of, make_dataset
from downbench.pipeline.plan import Plan
from downbench.plugins.session import Options, configure_as, options, registry
from downbench.scoring.frames import Frames, Track, open_frames
from downbench.scoring.regions import parse_region

Names = dict[str, Any]


def names_of(plan: Plan, metrics: bool = True, elsewhere: bool = False) -> Names:
    """What another process needs to make a plan; it can be written as JSON.

    Args:
        plan: to be made again.
        metrics: too; without them the other process imports none, and can fit and sample only.
        elsewhere: for a process in another working folder, so that paths are not as they were typed.
    """

    def path_text(path: Path | None) -> str | None:
        return None if path is None else str(path.absolute() if elsewhere else path)

    track = plan.frames.track
    return {
        "plugins": names_of_plugins(),
        "dataset": _names_of_dataset(plan.frames.dataset, path_text),
        "track": track and {"name": track.name, "trained": _names_of_dataset(track.trained, path_text)},
        "limit": plan.frames.limit,
        "regions": [f"{region.name}={region.source}" for region in plan.frames.regions],
        "metrics": [entry.full_name for entry in plan.metrics.entries.values()] if metrics else [],
        "method": plan.entry.full_name,
        "configuration": plan.config.model_dump(mode="json"),
        "preset": plan.preset,
        "seed": plan.seed,
        "members": plan.members,
        "budget": plan.budget,
        "device": plan.device,
        "role": plan.role,
        "runs": path_text(plan.runs),
        "scheduler": plan.scheduler,
        "hours": plan.hours,
        "weights": path_text(plan.weights.directory if plan.weights else None),
        "isolation": vars(plan.isolation),
        "keep": plan.keep,
        "wanted_device": plan.wanted_device,
        "earlier": list(plan.earlier),
        "called": plan.called,
        "keys": _keys(plan, metrics),
    }


def names_of_plugins() -> Names:
    """What another process needs to load the plug-ins that this one loads."""
    chosen = options()
    return {**vars(chosen), "files": list(chosen.files), "digests": list(chosen.digests)}


def options_of(names: Names) -> Options:
    """Which plug-ins the process loads that gave the names."""
    return Options(**{**names, "files": tuple(names["files"]), "digests": tuple(names["digests"])})


def load_plugins(names: Names) -> None:
    """Load the plug-ins that the process loads which gave the names."""
    configure_as(options_of(names))


def _names_of_dataset(dataset: Dataset, path_text: Callable[[Path | None], str | None]) -> Names:
    return {
        "name": full_name_of(dataset),
        "settings": dataset.config.model_dump(mode="json", exclude_unset=True),
        "root": path_text(dataset.root),
    }


def _keys(plan: Plan, metrics: bool) -> list[str]:
    directory = plan.directory
    return [directory.fit_key, directory.sample_key, *([directory.score_key] if metrics else [])]


def plan_of(names: Names) -> Plan:
    """Make a plan from names.

    Raises:
        UserError: there is no such plug-in or data here.
        RunFailed: the names stand for something else here.
    """
    load_plugins(names["plugins"])
    plan = _made(names)
    if not _is_same(plan, names):  # data that this process opened before may have changed since
        _frames.cache_clear()
        plan = _made(names)
    if not _is_same(plan, names):
        raise RunFailed(
            f"{plan.entry.full_name} stands for something else in a process of its own",
            "its code or its data changed in between; run the same command again",
        )
    return plan


def _is_same(plan: Plan, names: Names) -> bool:
    return _keys(plan, bool(names["metrics"])) == names["keys"]


def _made(names: Names) -> Plan:
    entry = registry().find("method", names["method"])
    method_class = entry.load()
    entries = [registry().find("metric", name) for name in names["metrics"]]
    return Plan(
        entry=entry,
        method_class=method_class,
        config=method_class.Config.model_validate(names["configuration"]),
        preset=names["preset"],
        seed=names["seed"],
        members=names["members"],
        budget=names["budget"],
        device=names["device"],
        role=names["role"],
        frames=_frames(json.dumps({key: names[key] for key in ("plugins", *_FRAMES)})),
        metrics=MetricSet(
            {entry.info.name: entry for entry in entries},
            {entry.info.name: make_metric(entry) for entry in entries},
        ),
        runs=Path(names["runs"]),
        scheduler=names["scheduler"],
        hours=names["hours"],
        weights=weights_for(Path(names["weights"]), entry, method_class) if names["weights"] else None,
        isolation=Isolation(**names["isolation"]),
        keep=names["keep"],
        wanted_device=names["wanted_device"],
        earlier=tuple(names["earlier"]),
        called=names["called"],
    )


_FRAMES = ("dataset", "track", "limit", "regions")


@lru_cache(maxsize=2)
def _frames(text: str) -> Frames:
    """Frames by their names; a process that makes several plans opens the data once."""
    names = json.loads(text)
    dataset, track = _dataset(names["dataset"]), names["track"]
    shift = track and Track(track["name"], _dataset(track["trained"]))
    return open_frames(dataset, names["limit"], tuple(map(parse_region, names["regions"])), shift)


def _dataset(names: Names) -> Dataset:
    root = None if names["root"] is None else Path(names["root"])
    return make_dataset(registry().find("dataset", names["name"]), names["settings"], root)
