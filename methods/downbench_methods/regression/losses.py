"""The losses that deterministic networks may be trained on."""

from __future__ import annotations

from torch import Tensor

from downbench_methods.regression.configuration import LossConfig
from downbench_methods.training.losses import masked_mae, masked_mse, quantile_loss


def error_loss(config: LossConfig, rain: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """The loss that the configuration names, of transformed rain over valid pixels; shapes are alike."""
    if config.loss == "mse":
        return masked_mse(rain, truth, valid)
    if config.loss == "mae":
        return masked_mae(rain, truth, valid)
    return quantile_loss(rain, truth, valid, config.quantile)
