"""What the preset ``tiny`` took on MRMS hourly: about how long a run will take, before it begins."""

from downbench import MethodInfo, PresetCost

_MILLIONS = 24 * 3 * 256 * 256 / 1e6  # values of a day and member there: hours, windows, cells
_TABLE = {  # CPU seconds of the fit, and seconds of samples for a day and member
    "analogs": (2, 1.2),
    "swin-ir-diffusion": (343, 22),
    "edm-residual": (440, 58),
    "ofdiff": (420, 25),
    "image-diffusion": (394, 26),
    "unet-crps": (317, 3.6),
    "wgan-gp": (305, 3.8),
    "rainfarm": (8, 1.6),
    "mean-noise": (106, 1.2),
    "stvd": (338, 60),
    "video-diffusion": (401, 55),
    "lognormal-cascade": (7, 1.5),
    "edsr": (300, 7.9),
    "video-swin": (315, 9.2),
    "unet": (345, 6.6),
    "swin-ir": (293, 3.9),
    "bcsd": (10, 2.2),
    "srgan": (307, 5),
    "bicubic": (0, 2),
    "quantile-delta-mapping": (2, 2.4),
    "nearest": (0, 2.4),
    "quantile-mapping": (3, 4.2),
    "climatology": (2, 0.83),
    "mean-spectrum-noise": (106, 1.2),  # the same network
}


def costs_of(method: MethodInfo) -> dict[str, PresetCost]:
    """Costs of a method's presets, as far as they were measured; those without presets stand under ``""``."""
    if method.name not in _TABLE:
        return {}
    fit, sample = _TABLE[method.name]
    return dict.fromkeys(("tiny", ""), PresetCost(fit, sample / _MILLIONS))
