"""What sampling needs, whoever asks for it: a run, or one whose ensemble was not kept and is needed again."""

from __future__ import annotations

from dataclasses import dataclass

from downbench.contracts.configuration import Config
from downbench.contracts.method import Method
from downbench.contracts.noise import derive_seed
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.scoring.frames import Frames
from downbench.store.run_directory import RunDirectory


@dataclass(frozen=True)
class SamplingPlan:
    """A fitted method and the frames that it samples.

    Args:
        label: for progress bars.
        entry: the method's registration.
        method_class: the method.
        config: with the parameters of sampling.
        seed: of the run.
        members: of the ensemble.
        device: to sample on.
        frames: to be sampled.
        directory: where the model stands and the ensemble goes.
        scheduler: address of a cluster that samples; None samples here. It changes no result.
        wanted_device: as it was asked for, for workers, which choose one of their own.
    """

    label: str
    entry: Registration
    method_class: type[Method]
    config: Config
    seed: int
    members: int
    device: str
    frames: Frames
    directory: RunDirectory
    scheduler: str | None = None
    wanted_device: str = "auto"

    @property
    def name(self) -> str:
        """Of the method."""
        return self.entry.info.name

    @property
    def cuts(self) -> tuple[str, ...]:
        """How its work may be cut, as the method says of this configuration."""
        assert isinstance(self.entry.info, MethodInfo)
        return self.method_class.cuts(self.config, self.entry.info.cuts)

    @property
    def method_seed(self) -> int:
        """Seed of everything random in this run, derived from names."""
        return method_seed(self.entry, self.seed)


def method_seed(entry: Registration, seed: int) -> int:
    """Seed of everything random in a run, derived from names."""
    return derive_seed("downbench", entry.full_name, seed)
