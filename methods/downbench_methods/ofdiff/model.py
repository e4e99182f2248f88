"""OF-Diff's three networks in one module, and their joint loss (arXiv 2312.06071, first version)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.diffusion.normal_scores import NormalScores
from downbench_methods.diffusion.schedule import alpha_sigma, from_velocity, log_snr, velocity
from downbench_methods.diffusion.wiener import BANDS, log_variances, wiener_velocity
from downbench_methods.draws import example_normal, example_uniform
from downbench_methods.losses import masked_mse
from downbench_methods.networks.swinir import SwinIR
from downbench_methods.networks.unet import UNet
from downbench_methods.ofdiff.configuration import OFDiffConfig, SwinIRConfig
from downbench_methods.ofdiff.warp import scale_space_warp, warp

LEAST_WEIGHT = 0.1  # of a dry pixel in the loss, where rain weighs one


def build_swinir(config: SwinIRConfig, channels: int, factor: int) -> SwinIR:
    """The deterministic downscaler, the same for OF-Diff and for ``mean-noise``."""
    return SwinIR(
        channels,
        factor,
        config.swin_width,
        config.swin_depths,
        config.swin_heads,
        config.swin_window,
        config.swin_mlp_ratio,
        config.swin_features,
        config.swin_residual,
        config.swin_skip,
    )


@dataclass(frozen=True)
class Condition:
    """What the denoiser is told about a frame, worked out once for all members and solver steps."""

    warped: Tensor  # (B, 1, H, W), the frame before, moved by the flow
    fields: Tensor  # (B, C - 1, H, W)
    maps: list[Tensor]  # of the flow network's contracting path
    mean: Tensor  # (B, 1, H, W), the deterministic prediction

    def repeat(self, members: int) -> Condition:
        """Repeat each entry ``members`` times along the batch."""
        if members == 1:
            return self

        def each(x: Tensor) -> Tensor:
            return x.repeat_interleave(members, 0)

        maps = [each(m) for m in self.maps]
        return Condition(each(self.warped), each(self.fields), maps, each(self.mean))


class OFDiffModel(nn.Module):
    """Swin-IR, flow U-Net and denoiser.

    Args:
        channels: coarse channels C: precipitation, other fields, topography, mask.
        factor: how many times finer the output is.
        relief: position of the topography among the channels, or None.
    """

    residual_scale: Tensor
    band_variances: Tensor
    levels: Tensor

    def __init__(self, config: OFDiffConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__()
        self.config, self.factor, self.relief = config, factor, relief
        self.swinir = build_swinir(config, channels, factor)
        sizes = (config.width, config.multipliers)
        rest: dict[str, Any] = {
            "heads": config.heads,
            "head_width": config.head_width,
            "attention": config.attention,
            "patch": config.unet_patch,
            "stem": config.stem,
        }
        self.flow = UNet(3 * channels, config.flow_channels, *sizes, **rest)
        self.scores = NormalScores() if config.residual == "normal-scores" else None
        seen = channels + 1 + (self.scores is not None)
        maps = 1 + BANDS * config.wiener
        self.denoiser = UNet(seen, maps, *sizes, noise_embedding=True, conditioned=True, **rest)
        if config.flow_channels == 3:  # begin with the sharp frame
            assert self.flow.head.bias is not None
            nn.init.constant_(self.flow.head.bias.view(3, -1)[2], -1)
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("band_variances", torch.zeros(BANDS, 1, 1))  # logarithms
        levels = log_snr(config.schedule, config.noise_steps, config.schedule_shift)
        self.register_buffer("levels", levels, persistent=False)

    def mean(self, coarse: Tensor) -> Tensor:
        """Deterministic prediction of frames (B, C, h, w): (B, 1, H, W)."""
        out: Tensor = self.swinir(coarse)
        return out

    def fields(self, coarse: Tensor, relief: Tensor) -> Tensor:
        """Everything but rain on the fine grid: (B, C, h, w) and (B, 0 or 1, H, W) to (B, C - 1, H, W)."""
        fine = self.upsample(coarse[:, 1:])
        if self.relief is None:
            return fine
        return torch.cat([fine[:, : self.relief - 1], relief, fine[:, self.relief :]], 1)

    def upsample(self, x: Tensor) -> Tensor:
        """Interpolate (B, n, h, w) bilinearly to (B, n, H, W); n may be zero."""
        if x.shape[1] == 0:
            return x.new_zeros(len(x), 0, x.shape[2] * self.factor, x.shape[3] * self.factor)
        return F.interpolate(x, scale_factor=self.factor, mode="bilinear", align_corners=False)

    def condition(self, previous: Tensor, coarse: Tensor, relief: Tensor, mean: Tensor) -> Condition:
        """Estimate the flow and warp the frame before.

        Args:
            mean: deterministic prediction at t, (B, 1, H, W).
            previous: fine rain at t-2 and t-1, (B, 2, H, W).
            coarse: at t-2, t-1 and t, (B, 3, C, h, w).
            relief: (B, 0 or 1, H, W).
        """
        fields = [self.fields(coarse[:, i], relief) for i in range(3)]
        before, last = previous[:, :1], previous[:, 1:]
        flow, maps = self.flow(
            torch.cat([before, fields[0], last, fields[1], self.upsample(coarse[:, 2, :1]), fields[2]], 1)
        )
        moved = warp(last, flow) if self.config.flow_channels == 2 else scale_space_warp(last, flow)
        return Condition(moved, fields[2], maps, mean)

    def reference(self, condition: Condition) -> Tensor:
        """What rain is compared with: the warped frame, or the prediction for normal scores, (B, 1, H, W)."""
        return condition.warped if self.scores is None else condition.mean

    def encode(self, rain: Tensor, reference: Tensor) -> Tensor:
        """What diffusion models: the residual of transformed rain, of about unit variance; cell by cell."""
        if self.scores is None:
            return (rain - reference) / self.residual_scale
        with torch.no_grad():
            scores: Tensor = self.scores(rain, reference)
        return scores

    def decode(self, residual: Tensor, reference: Tensor) -> Tensor:
        """Transformed rain from what diffusion models; cell by cell."""
        if self.scores is None:
            return reference + self.residual_scale * residual
        return self.scores.inverse(residual, reference)

    @torch.no_grad()
    def fit_scores(self, batches: list[dict[str, Tensor]]) -> None:
        """Fit the normal scores to the present prediction of clips."""
        if self.scores is None:
            return
        pairs = []
        for batch in batches:
            mean = self.mean(batch["coarse"].flatten(0, 1)).view(batch["fine"].shape)
            pairs.append(torch.stack([mean, batch["fine"]])[:, batch["valid"]])
        prediction, rain = torch.cat(pairs, 1)
        if len(rain):
            self.scores.fit(prediction, rain)

    @torch.no_grad()
    def fit_bands(self, batch: dict[str, Tensor]) -> None:
        """Take the variances of the scores' bands from clips."""
        if self.scores is None or not batch["valid"].any():
            return
        mean = self.mean(batch["coarse"].flatten(0, 1)).view(batch["fine"].shape)
        scores = self.scores(batch["fine"], mean).flatten(0, 1)[:, None]
        self.band_variances.copy_(log_variances(scores, batch["valid"].flatten(0, 1)[:, None])[:, None, None])

    def denoise(self, x: Tensor, logsnr: Tensor, condition: Condition) -> Tensor:
        """Predict the velocity (B, 1, H, W) from a noisy scaled residual (B, 1, H, W) and (B,) levels."""
        seen = [x, condition.warped, condition.fields]
        if self.scores is not None:  # scores are relative to the prediction
            seen.append(condition.mean)
        out: Tensor = self.denoiser(torch.cat(seen, 1), logsnr, condition.maps)[0]
        if not self.config.wiener:
            return out
        return out[:, :1] + wiener_velocity(x, self.band_variances + out[:, 1:], logsnr)

    def residual(self, x: Tensor, logsnr: Tensor, condition: Condition) -> Tensor:
        """Predict the clean scaled residual (B, 1, H, W)."""
        return from_velocity(x, self.denoise(x, logsnr, condition), logsnr)

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Joint loss of clips of any length of at least three frames.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used; noise and its levels follow from the examples.
        """
        coarse, fine, valid = batch["coarse"], batch["fine"], batch["valid"]
        b, t = coarse.shape[:2]
        n = t - 2  # frames with a full past
        mean = self.mean(coarse.flatten(0, 1)).view(b, t, *fine.shape[2:])
        # teacher forcing: the truth stands for the model's own earlier samples
        history = fine if self.config.history == "generated" else mean
        previous = history.unfold(1, 2, 1)[:, :n].movedim(-1, 2).flatten(0, 1)  # (B n, 2, H, W)
        windows = coarse.unfold(1, 3, 1).movedim(-1, 2).flatten(0, 1)  # (B n, 3, C, h, w)
        relief = batch["relief"].repeat_interleave(n, 0)
        truth, mask = (
            fine[:, 2:].reshape(b * n, 1, *fine.shape[2:]),
            valid[:, 2:].reshape(b * n, 1, *fine.shape[2:]),
        )
        condition = self.condition(previous, windows, relief, mean[:, 2:].reshape(b * n, 1, *fine.shape[2:]))
        residual = self.encode(truth, self.reference(condition))
        weight = mask.float()
        if self.scores is not None:  # dry pixels say little, and there are many of them
            weight = weight * (LEAST_WEIGHT + self.scores.wetness(condition.mean.detach()))

        draws = self.config.draws
        told, target = condition.repeat(draws), residual.repeat_interleave(draws, 0)
        index = (example_uniform(batch, draws) * len(self.levels)).long()
        logsnr = self.levels[index].view(b, 1, draws).expand(b, n, draws).flatten()  # one per clip and draw
        noise = example_normal(batch, n * draws, *target.shape[1:]).flatten(0, 1)
        alpha, sigma = alpha_sigma(logsnr)
        predicted = self.denoise(alpha * target + sigma * noise, logsnr, told)
        wanted = velocity(target, noise, logsnr)

        config = self.config
        terms = {
            "diffusion": masked_mse(predicted, wanted, weight.repeat_interleave(draws, 0)),
            "mean": masked_mse(mean, fine, valid),
            "flow": masked_mse(condition.warped, truth, mask),
        }
        loss = (
            config.loss_diffusion * terms["diffusion"]
            + config.loss_mean * terms["mean"]
            + config.loss_flow * terms["flow"]
        )
        return {"loss": loss, **terms}
