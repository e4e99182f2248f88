"""What plug-ins may import of the built-in methods: ``from downbench_methods.toolkit import TorchMethod``.

These names follow semantic versioning: within a major version none is taken away, and none changes what it
takes or gives. Everything else in ``downbench_methods`` may change at any time. Names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downbench_methods.base.fit_finishing import fit_finishing
    from downbench_methods.base.frame_by_frame import FrameConfig, FrameMethod, FrameModel
    from downbench_methods.base.network import NetworkConfig, NetworkMethod
    from downbench_methods.base.pacing import paced
    from downbench_methods.base.sampling import SamplingConfig, Tile, TileMethod
    from downbench_methods.fields.calibration import Calibration, fit_calibration
    from downbench_methods.fields.finishing import FINISHING, Finisher, FinishingConfig
    from downbench_methods.fields.mass import conserve
    from downbench_methods.fields.noise_in_time import NoiseInTime
    from downbench_methods.fields.transform import Transform, coarse_topography, fit_transform
    from downbench_methods.fields.windows import blend
    from downbench_methods.networks.build import (
        EDSRSizes,
        SwinIRConfig,
        UNetConfig,
        build_edsr,
        build_swinir,
        build_unet,
    )
    from downbench_methods.networks.frame import FrameNetwork, fine_fields
    from downbench_methods.toolkit.configuration import (
        ENSEMBLE_PRESETS,
        PRESETS,
        TorchConfig,
        TorchEnsembleConfig,
    )
    from downbench_methods.toolkit.torch_method import TorchEnsemble, TorchMethod
    from downbench_methods.training.clips import Clips
    from downbench_methods.training.configuration import TrainingConfig
    from downbench_methods.training.draws import example_normal, example_uniform
    from downbench_methods.training.loop import train
    from downbench_methods.training.losses import (
        crps_loss,
        energy_loss,
        masked_mae,
        masked_mean,
        masked_mse,
        quantile_loss,
        scales_loss,
    )

TOPICS = {
    "a network of your own": {
        "TorchMethod": "toolkit.torch_method",
        "TorchEnsemble": "toolkit.torch_method",
        "TorchConfig": "toolkit.configuration",
        "TorchEnsembleConfig": "toolkit.configuration",
        "PRESETS": "toolkit.configuration",
        "ENSEMBLE_PRESETS": "toolkit.configuration",
    },
    "losses": {
        "masked_mean": "training.losses",
        "masked_mse": "training.losses",
        "masked_mae": "training.losses",
        "quantile_loss": "training.losses",
        "crps_loss": "training.losses",
        "scales_loss": "training.losses",
        "energy_loss": "training.losses",
    },
    "networks": {
        "UNetConfig": "networks.build",
        "SwinIRConfig": "networks.build",
        "EDSRSizes": "networks.build",
        "build_unet": "networks.build",
        "build_swinir": "networks.build",
        "build_edsr": "networks.build",
        "FrameNetwork": "networks.frame",
        "fine_fields": "networks.frame",
    },
    "training": {
        "TrainingConfig": "training.configuration",
        "Clips": "training.clips",
        "train": "training.loop",
        "example_normal": "training.draws",
        "example_uniform": "training.draws",
    },
    "base classes": {
        "TileMethod": "base.sampling",
        "Tile": "base.sampling",
        "SamplingConfig": "base.sampling",
        "NetworkMethod": "base.network",
        "NetworkConfig": "base.network",
        "FrameMethod": "base.frame_by_frame",
        "FrameModel": "base.frame_by_frame",
        "FrameConfig": "base.frame_by_frame",
        "paced": "base.pacing",
        "blend": "fields.windows",
    },
    "transforms": {
        "Transform": "fields.transform",
        "fit_transform": "fields.transform",
        "coarse_topography": "fields.transform",
    },
    "noise": {"NoiseInTime": "fields.noise_in_time"},
    "finishing": {
        "FINISHING": "fields.finishing",
        "FinishingConfig": "fields.finishing",
        "Finisher": "fields.finishing",
        "fit_finishing": "base.fit_finishing",
        "Calibration": "fields.calibration",
        "fit_calibration": "fields.calibration",
        "conserve": "fields.mass",
    },
}
_HOME = {name: home for topic in TOPICS.values() for name, home in topic.items()}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"downbench_methods.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
