"""What the preset ``tiny`` took on MRMS hourly: about how long a run will take, before it begins."""

from downbench import MethodInfo, PresetCost

FIT = 420  # CPU seconds that each network trains at tiny (tests/performance/preset_budget.py)
_FREE = ("lr", "mean_share")  # the prediction alone takes time from the rest of training, and adds none
_MILLIONS = 24 * 3 * 256 * 256 / 1e6  # values of a day and member there: hours, windows, cells
_TABLE = {  # CPU seconds of the fit, and seconds of samples for a day and member
    "analogs": (2, 1.2),
    "swin-ir-diffusion": (FIT, 22),
    "edm-residual": (FIT, 58),
    "ofdiff": (FIT, 25),
    "image-diffusion": (FIT, 26),
    "unet-crps": (FIT, 3.6),
    "wgan-gp": (FIT, 3.8),
    "rainfarm": (8, 1.6),
    "mean-noise": (FIT, 1.2),
    "stvd": (FIT, 60),
    "video-diffusion": (FIT, 55),
    "lognormal-cascade": (7, 1.5),
    "edsr": (FIT, 7.9),
    "video-swin": (FIT, 9.2),
    "unet": (FIT, 6.6),
    "swin-ir": (FIT, 3.9),
    "bcsd": (10, 2.2),
    "srgan": (FIT, 5),
    "bicubic": (0, 2),
    "quantile-delta-mapping": (2, 2.4),
    "nearest": (0, 2.4),
    "quantile-mapping": (3, 4.2),
    "climatology": (2, 0.83),
    "mean-spectrum-noise": (FIT, 1.2),  # the same network
    # of those below, samples as references took them beside OF-Diff's, and bicubic's, on the same frames
    "bilinear": (0, 2),
    "ofdiff-unet-mean": (FIT, 27),
    "enscale": (FIT, 24),
    "flow-matching": (FIT, 23),
    "ofdiff-no-flow": (FIT, 23),
    "ofdiff-fast": (FIT, 7.8),
    "bernoulli-gamma": (FIT, 6.3),
    "ofdiff-gan": (FIT, 5.2),
    "residual-gan": (FIT, 4.6),
    "unet-noise": (FIT, 3.3),
    "ofdiff-no-diffusion": (FIT, 9.1),
    "ofdiff-no-swin-ir": (FIT, 26),
    "ofdiff-single-frame": (FIT, 24),
    "ofdiff-first-order": (FIT, 26),
    "ofdiff-separate": (FIT, 27),
    "ofdiff-one-loss": (FIT, 22),
    "ofdiff-paper-form": (FIT, 24),
    "ofdiff-context": (FIT, 26),
    "ofdiff-no-maps": (FIT, 25),
    "ofdiff-paper-scores": (FIT, 24),
    "ofdiff-paper-mass": (FIT, 28),
    "ofdiff-paper-calibration": (FIT, 27),
    "ofdiff-paper-wiener": (FIT, 23),
    "ofdiff-paper-prediction": (FIT, 24),
    "ofdiff-self-supervised": (230, 26),
    "enscale-t": (FIT, 13),
    "space-time-diffusion": (FIT, 80),
    "prior-guided": (FIT, 31),
}


def costs_of(method: MethodInfo) -> dict[str, PresetCost]:
    """Costs of a method's presets, as far as they were measured; those without presets stand under ``""``."""
    if method.name not in _TABLE:
        return {}
    fit, sample = _TABLE[method.name]
    return dict.fromkeys(("tiny", ""), PresetCost(fit, sample / _MILLIONS, free=_FREE))
