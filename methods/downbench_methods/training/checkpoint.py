"""Checkpoints of training: safetensors with JSON in the header, written in one rename."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from downbench import atomic_file

CHECKPOINT, BEST, LOG = "checkpoint.safetensors", "best.safetensors", "log.jsonl"


@dataclass
class State:
    """Where training stands."""

    step: int = 0
    elapsed: float = 0.0  # s
    best: float = math.inf
    log: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, Any] = field(default_factory=dict)  # of losses since the last report
    counts: dict[str, int] = field(default_factory=dict)  # of steps in these sums
    ways: list[str] = field(default_factory=list)  # of working that pay


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors in one rename."""
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    with atomic_file(path) as temporary:
        save_file(plain, temporary, metadata=metadata)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and the header's metadata."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118


def write_checkpoint(
    path: Path, module: nn.Module, average: AveragedModel, optimisers: Mapping[str, Any], state: State
) -> None:
    """Write weights, averages and the state of every optimiser."""
    tensors = {f"model.{name}": value for name, value in module.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for part, optimiser in optimisers.items():
        for index, values in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{part}.{index}.{name}": value for name, value in values.items()}
    header = {**vars(state), "sums": {name: float(value) for name, value in state.sums.items()}}
    write_tensors(path, tensors, {"state": json.dumps(header)})


def read_checkpoint(
    path: Path, module: nn.Module, average: AveragedModel, optimisers: Mapping[str, Any]
) -> State:
    """Restore what :func:`write_checkpoint` wrote."""
    tensors, metadata = read_tensors(path)

    def part(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    module.load_state_dict(part("model."))
    average.load_state_dict(part("average."))
    for name, optimiser in optimisers.items():
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in part(f"optimiser.{name}.").items():
            index, slot = key.split(".", 1)
            slots.setdefault(int(index), {})[slot] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
    return State(**json.loads(metadata["state"]))


def write_log(directory: Path, lines: list[dict[str, Any]]) -> None:
    """Write log.jsonl anew: lines that were logged after the last checkpoint, if any, are dropped."""
    with atomic_file(directory / LOG) as temporary:
        temporary.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def append_log(directory: Path, line: dict[str, Any]) -> None:
    """Add a line to log.jsonl."""
    with (directory / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
