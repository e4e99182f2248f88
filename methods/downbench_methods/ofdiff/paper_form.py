"""OF-Diff in the paper's own form, and with one help at a time: what the help of small presets is worth.

The paper diffuses the plain residual on the warped frame, ``r = y - warped``, and finishes nothing. The
presets below ``paper`` are given more (docs/methods/ofdiff.md); the study ``ofdiff-help`` adds each to the
paper's form alone. Sizes, solver and spacing are those of ``ofdiff``, so that nothing else differs.
"""

from __future__ import annotations

from typing import Any, ClassVar

from downbench_methods.ofdiff.ablations import Ablation
from downbench_methods.ofdiff.catalogue import PAPER_FORM
from downbench_methods.training.presets import merge

FINE = {"batch": 8, "train_steps": 1100}  # a step of the fine flow costs more a clip


class Form(Ablation):
    """An ablation whose preset ``smoke`` gives the coarse rain back all the same.

    The flow of a network that is hardly trained moves nothing, so that the additive form would hand on the
    frame before, which no check could tell from a method that mixes up its times.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        tiny = FINE if cls.switch["flow_grid"] == "fine" else {}
        cls.presets = merge(cls.presets, smoke={"conserve": True}, tiny=tiny)


class PaperForm(Form):
    """Additive residual on the warped frame, no Wiener filter, no finishing."""

    switch: ClassVar[dict[str, Any]] = PAPER_FORM


class WithNormalScores(Form):
    """The paper's form, but the residual is rain in normal scores given the prediction."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "residual": "normal-scores"}


class WithWiener(Form):
    """The paper's form with the Wiener filter beneath the denoiser."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "wiener": True}


class WithMass(Form):
    """The paper's form with samples that give the coarse rain back."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "conserve": True}


class WithCalibration(Form):
    """The paper's form with calibrated quantiles."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "calibrate": 2}


class WithMemory(Form):
    """The paper's form with noise that has the residual's memory, and moves where the residual does."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "noise_memory": "fitted", "noise_moves": True}


class WithPredictionFirst(Form):
    """The paper's form, but the prediction is given a share of training alone first."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "mean_share": 0.1}


class WithSpread(Form):
    """The paper's form whose residual is scaled by what scores best on validation data."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "spread": "fitted"}


class WithCoarseFlow(Form):
    """The paper's form with motion that is estimated on the coarse grid, and corrected by a small network."""

    switch: ClassVar[dict[str, Any]] = {**PAPER_FORM, "flow_grid": "coarse"}
