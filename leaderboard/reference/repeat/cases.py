"""What is to be repeated: each method of a folder of references, with each configuration, shortened."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from downbench.files import digest_json
from downbench.references.index import Reference

STEPS = 18  # whole rounds of every adversarial method, and past the second time that residuals are normalised
# What makes a run long and nothing else. Every part of training comes at least twice.
SHORT = {
    "validate_every": 7,
    "checkpoint_every": 5,
    "log_every": 4,
    "warmup": 4,
    "batch": 2,
    "score_clips": 2,
}
PATCH = 32


@dataclass
class Case:
    """References that one short fit speaks for.

    Args:
        method: full name.
        preset: that the configuration began with.
        configuration: shortened.
        former: version of the code whose work is to be repeated.
        archives: of the references.
    """

    method: str
    preset: str | None
    configuration: dict[str, Any]
    former: str
    archives: list[str] = field(default_factory=list)

    @property
    def steps(self) -> int | None:
        """Steps of training; None is a method that does not count them."""
        return self.configuration.get("train_steps")

    @property
    def name(self) -> str:
        """For people."""
        return self.method.rpartition(":")[2] + (f" ({self.preset})" if self.preset else "")


def cases_of(
    references: Iterable[Reference],
    folder: Path,
    former: Mapping[str, str],
    present: Mapping[str, str],
    steps: int = STEPS,
) -> list[Case]:
    """What has to be repeated for references of the former code to stand for the present code too.

    Args:
        references: of the folder.
        folder: of their archives.
        former: version of the former code of each method, by full name.
        present: version of the present code.
        steps: of training.
    """
    cases: dict[str, Case] = {}
    for one in references:
        method = full_name(one)
        version = former.get(method)
        if version not in one.versions or method not in present or present[method] in one.versions:
            continue
        configuration = shortened(configuration_in(folder / one.archive), steps)
        key = digest_json([method, one.preset, configuration])
        case = cases.setdefault(key, Case(method, one.preset, configuration, version))
        case.archives.append(one.archive)
    return list(cases.values())


def full_name(reference: Reference) -> str:
    """``DISTRIBUTION:METHOD``."""
    return f"{reference.distribution}:{reference.method}"


def configuration_in(archive: Path) -> dict[str, Any]:
    """Configuration of the method in an archive that was held against its digest."""
    with zipfile.ZipFile(archive) as file:
        return json.loads(file.read("run.json"))["method"]["configuration"]


def shortened(configuration: Mapping[str, Any], steps: int = STEPS) -> dict[str, Any]:
    """A configuration that trains for a few steps on small patches, if it trains at all."""
    if "train_steps" not in configuration:
        return dict(configuration)
    changes: dict[str, Any] = {**SHORT, "train_steps": steps}
    if configuration.get("halo", 0) == 0:
        changes["patch"] = min(configuration.get("patch", PATCH), PATCH)
    changes["accumulate"] = 2 if configuration.get("accumulate", 1) > 1 else 1
    return {**configuration, **{name: value for name, value in changes.items() if name in configuration}}
