"""Descriptions of OF-Diff's ablations and paper form; light, the implementations load on first use."""

from __future__ import annotations

from typing import Any

from downbench import MethodInfo

_PAPER = "Srivastava et al. 2023, arXiv:2312.06071"

# What switches off the help that presets below `paper` are given.
PAPER_FORM: dict[str, Any] = {
    "mean_share": 0.0,
    "spread": 1.0,
    "residual": "additive",
    "wiener": False,
    "conserve": False,
    "calibrate": 0,
    "noise_memory": 0,
    "noise_moves": False,
    "flow_grid": "fine",
}


def _ablation(name: str, target: str, title: str, past: int = 2, head: str = "diffusion") -> MethodInfo:
    return MethodInfo(
        name=f"ofdiff-{name}",
        target=f"downbench_methods.ofdiff.{target}",
        title=f"OF-Diff, {title}",
        past=past,
        cuts=("tile", "time"),
        probabilistic=head != "deterministic",
        tags=("network", head, "ablation"),
        reference=_PAPER,
    )


ABLATIONS = [
    _ablation("no-flow", "ablations:NoFlow", "no flow: residual on Swin-IR alone", past=0),
    _ablation("context", "context:Context", "the frames before as they stand, not moved"),
    _ablation("no-diffusion", "ablations:NoDiffusion", "no diffusion: warped frame", head="deterministic"),
    _ablation("gan", "gan:OFDiffGAN", "a GAN's generator in place of diffusion", head="gan"),
    _ablation("over-prediction", "ablations:OverPrediction", "rain relative to the prediction"),
    _ablation("no-swin-ir", "ablations:NoSwinIR", "interpolation in place of Swin-IR"),
    _ablation("unet-mean", "ablations:UNetMean", "U-Net in place of Swin-IR"),
    _ablation("single-frame", "ablations:SingleFrame", "no frame before", past=0),
    _ablation("first-order", "ablations:FirstOrder", "one frame before", past=1),
    _ablation("third-order", "ablations:ThirdOrder", "three frames before", past=3),
    _ablation("no-coarse", "ablations:NoCoarse", "denoiser not told the coarse fields"),
    _ablation("no-maps", "ablations:NoMaps", "denoiser not told the flow's maps"),
    _ablation("separate", "ablations:SeparateTraining", "networks trained by their own losses"),
    _ablation("one-loss", "ablations:OneLoss", "trained by the diffusion loss alone"),
]

PAPER_FORMS = [
    _ablation("paper-form", "paper_form:PaperForm", "the paper's own form, without help"),
    _ablation("paper-scores", "paper_form:WithNormalScores", "the paper's form and normal scores"),
    _ablation("paper-wiener", "paper_form:WithWiener", "the paper's form and a Wiener filter"),
    _ablation("paper-mass", "paper_form:WithMass", "the paper's form and conserved mass"),
    _ablation("paper-calibration", "paper_form:WithCalibration", "the paper's form and calibration"),
    _ablation("paper-memory", "paper_form:WithMemory", "the paper's form and a memory of its noise"),
    _ablation("paper-prediction", "paper_form:WithPredictionFirst", "the paper's form, its prediction first"),
    _ablation("paper-spread", "paper_form:WithSpread", "the paper's form with a fitted spread"),
    _ablation("paper-coarse-flow", "paper_form:WithCoarseFlow", "the paper's form and a coarse flow"),
]

# It tells something in the paper's form alone, where all three losses reach the prediction.
EQUAL_LOSSES = _ablation("equal-losses", "loss_weights:EqualLosses", "its three losses with equal weights")
