"""Descriptions of OF-Diff's ablations; light, the implementations load on first use."""

from __future__ import annotations

from downbench import MethodInfo

_PAPER = "Srivastava et al. 2023, arXiv:2312.06071"


def _ablation(name: str, target: str, title: str, past: int = 2, probabilistic: bool = True) -> MethodInfo:
    return MethodInfo(
        name=f"ofdiff-{name}",
        target=f"downbench_methods.ofdiff.ablations:{target}",
        title=f"OF-Diff, {title}",
        past=past,
        probabilistic=probabilistic,
        tags=("network", "diffusion" if probabilistic else "deterministic", "ablation"),
        reference=_PAPER,
    )


ABLATIONS = [
    _ablation("no-flow", "NoFlow", "no flow: residual on Swin-IR alone", past=0),
    _ablation("no-diffusion", "NoDiffusion", "no diffusion: the warped frame", probabilistic=False),
    _ablation("no-swin-ir", "NoSwinIR", "interpolation in place of Swin-IR"),
    _ablation("unet-mean", "UNetMean", "U-Net in place of Swin-IR"),
    _ablation("single-frame", "SingleFrame", "no frame before", past=0),
    _ablation("first-order", "FirstOrder", "one frame before", past=1),
    _ablation("third-order", "ThirdOrder", "three frames before", past=3),
    _ablation("no-coarse", "NoCoarse", "denoiser not told the coarse fields"),
    _ablation("no-maps", "NoMaps", "denoiser not told the flow's maps"),
    _ablation("separate", "SeparateTraining", "networks trained by their own losses"),
    _ablation("one-loss", "OneLoss", "trained by the diffusion loss alone"),
]
