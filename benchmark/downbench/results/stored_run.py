"""Scored runs as they stand on disk, and what is needed to score them again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from downbench import protocol
from downbench.contracts.configuration import Config
from downbench.contracts.method import Method
from downbench.errors import UserError
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.run.cost import pick_device
from downbench.run.plan import MetricSet, Plan
from downbench.run.run import drop_large_predictions
from downbench.run.sample import sample
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import UserRegion, parse_region
from downbench.scoring.statistics import Statistics
from downbench.store import keys
from downbench.store.run_directory import SCHEMA_VERSION, RunDirectory
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset


@dataclass(frozen=True)
class StoredRun:
    """A score directory and its ``run.json``."""

    directory: Path
    run: dict[str, Any]

    @property
    def label(self) -> str:
        """For messages."""
        return f"{self.run['method']['name']} on {self.run['dataset']['label']} ({self.directory})"

    @property
    def probabilistic(self) -> bool:
        """Whether the method's members differ."""
        return bool(self.run["method"]["probabilistic"])

    @cached_property
    def statistics(self) -> Statistics:
        """Read ``statistics.zarr``.

        Raises:
            UserError: it is missing or damaged.
        """
        return Statistics.load(self.directory / "statistics.zarr")

    @property
    def place(self) -> RunDirectory:
        """Paths of the run, by the folders that it stands in."""
        names, own = self.directory.resolve().parts, self.run["keys"]
        root = Path(*names[:-7])
        return RunDirectory(root, names[-7], names[-6], own["fit"], own["sample"], own["score"])


def open_runs(path: Path) -> list[StoredRun]:
    """Scored runs of a score directory, or the newest of each ensemble below a fit or sample directory.

    Raises:
        UserError: no such directory, nothing scored there, or a damaged ``run.json``.
    """
    if (path / "run.json").is_file():
        return [_open(path)]
    if not any((path / name).is_file() for name in ("fit.json", "sample.json")):
        raise UserError(
            f"{path} is no run directory", "name the one that `bench run` printed: runs/.../scores/KEY"
        )
    samples = [path] if (path / "sample.json").is_file() else sorted(path.glob("samples/*"))
    found = []
    for folder in samples:
        scored = [
            _open(file.parent) for file in folder.glob("scores/*/run.json") if "." not in file.parts[-2]
        ]
        if scored:
            found.append(max(scored, key=lambda one: (one.run["created"], len(one.run["metrics"]))))
    if not found:
        raise UserError(f"nothing in {path} has been scored yet", "`bench run` goes on where it stopped")
    return found


def open_run(path: Path) -> StoredRun:
    """The one scored run of a directory.

    Raises:
        UserError: as :func:`open_runs`, or there are several.
    """
    found = open_runs(path)
    if len(found) > 1:
        raise UserError(
            f"{path} holds {len(found)} scored ensembles",
            "name one: " + ", ".join(str(f.directory) for f in found),
        )
    return found[0]


def _open(directory: Path) -> StoredRun:
    try:
        run = json.loads((directory / "run.json").read_text(encoding="utf-8"))
        if run["schema_version"] != SCHEMA_VERSION or run["protocol"] != protocol.VERSION:
            raise ValueError("it is of another schema or protocol version")
        run["keys"]["sample"], run["frames"]["key"], run["method"]["probabilistic"], run["metrics"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UserError(
            f"{directory}/run.json cannot be used: {error!r}", "`bench run` scores again"
        ) from None
    return StoredRun(directory, run)


@dataclass(frozen=True)
class StoredPlan(Plan):
    """The plan of a run that stands already: its fit and ensemble are those on disk."""

    place: RunDirectory | None = None

    @cached_property
    def directory(self) -> RunDirectory:
        """Where the run stands, with the key of its new scores."""
        assert self.place is not None
        key = keys.score_key(
            self.place.sample_key, self.metrics.versions(), self.frames.region_names, self.hours
        )
        return replace(self.place, score_key=key)


def rebuild(
    stored: StoredRun, metrics: MetricSet, data_root: Path | None = None, regions: tuple[UserRegion, ...] = ()
) -> StoredPlan:
    """Make the plan of a stored run again, from the dataset's name, configuration and root.

    Args:
        stored: the run.
        metrics: to be scored.
        data_root: where the data stand now, if they were moved.
        regions: of the user's, besides those that the run has.

    Raises:
        UserError: the dataset is not registered or not there, or its content or frames have changed.
    """
    run, place = stored.run, stored.place
    frames = _frames(stored, data_root, regions)
    method = run["method"]
    info = MethodInfo(
        name=method["name"], target=":", title=method["title"], probabilistic=stored.probabilistic
    )
    return StoredPlan(
        entry=Registration(info, method["distribution"], method["version"]),
        method_class=Method,  # type: ignore[type-abstract]  # the method itself is looked up only where it must sample again
        config=Config(),
        preset=method["preset"],
        seed=run["seed"],
        members=run["members"],
        budget=run["budget"],
        device="cpu",
        role=run["role"],
        frames=frames,
        metrics=metrics,
        runs=place.root,
        hours=run.get("hours", False),
        place=place,
    )


def _frames(stored: StoredRun, data_root: Path | None, regions: tuple[UserRegion, ...]) -> Frames:
    run, known = stored.run, stored.run["dataset"]
    root = data_root or (Path(run["data_root"]) if run.get("data_root") else None)
    if root is not None and not root.exists():
        raise UserError(
            f"the data of {stored.label} are no longer at {root}", "say with --data-root where they are"
        )
    given = _without_defaults(known["name"], known["configuration"])
    dataset = make_dataset(DatasetSpec(name=known["name"], root=root, set=given))
    if dataset.fingerprint() != known["fingerprint"]:
        raise UserError(
            f"{dataset.label} is not what {stored.directory} was scored on: its fingerprint is "
            f"{dataset.fingerprint()[:12]}, the run has {known['fingerprint'][:12]}",
            "its content or splits have changed: old and new scores cannot stand together; `bench run` anew",
        )
    own = tuple(parse_region(text) for text in run.get("user_regions", []))
    named = {region.name for region in regions}
    frames = open_frames(dataset, run["limit"], tuple(r for r in own if r.name not in named) + regions)
    if frames.key != run["frames"]["key"]:
        raise UserError(
            f"the scored frames of {dataset.label} have changed since {stored.directory}", "`bench run` anew"
        )
    return frames


def _without_defaults(name: str, configuration: dict[str, Any]) -> dict[str, Any]:
    """What was set by somebody: a dataset may refuse parameters that its data leave no choice of."""
    fields = registry().find("dataset", name).load().Config.model_fields
    defaults = {key: to_jsonable_python(field.get_default()) for key, field in fields.items()}
    return {key: value for key, value in configuration.items() if value != defaults.get(key)}


@contextmanager
def predictions_at_hand(plan: StoredPlan, stored: StoredRun) -> Iterator[None]:
    """See to it that the predictions are there: where they were deleted, sample again from ``model/``.

    Nothing is fitted. Large predictions are deleted again in the end.

    Raises:
        UserError: the method's code has changed since it was fitted.
    """
    if not plan.directory.predictions.is_dir():
        method = stored.run["method"]
        entry = registry().find("method", f"{method['distribution']}:{method['name']}")
        if keys.code_version(entry) != method["version"]:
            raise UserError(
                f"the predictions of {stored.label} are not kept, and the method's code has changed since "
                f"({method['version']} then, {keys.code_version(entry)} now)",
                "`bench run` fits and samples anew",
            )
        method_class = entry.load()
        config = method_class.Config.model_validate(method["configuration"])
        sampling = replace(
            plan, entry=entry, method_class=method_class, config=config, device=pick_device("auto")
        )
        sample(sampling, again=True)
    yield
    drop_large_predictions(plan)
