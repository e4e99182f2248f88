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
from downbench_methods.networks.unet import UNet
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.mean import build_mean
from downbench_methods.ofdiff.warp import scale_space_warp, warp

LEAST_WEIGHT = 0.1  # of a dry pixel in the loss, where rain weighs one


@dataclass(frozen=True)
class Condition:
    """What the denoiser is told about a frame, worked out once for all members and solver steps."""

    warped: Tensor  # (B, 1, H, W), the frame before, moved by the flow
    fields: Tensor  # (B, C - 1, H, W)
    maps: list[Tensor]  # of the flow network's contracting path; none where the denoiser is not told
    mean: Tensor  # (B, 1, H, W), the deterministic prediction

    def repeat(self, members: int) -> Condition:
        """Repeat each entry ``members`` times along the batch."""
        if members == 1:
            return self

        def each(x: Tensor) -> Tensor:
            return x.repeat_interleave(members, 0)

        maps = [each(m) for m in self.maps]
        return Condition(each(self.warped), each(self.fields), maps, each(self.mean))

    def detach(self) -> Condition:
        """The same, through which nothing is learned."""
        maps = [m.detach() for m in self.maps]
        return Condition(self.warped.detach(), self.fields, maps, self.mean.detach())


class OFDiffModel(nn.Module):
    """Deterministic network, flow U-Net and denoiser, as far as the configuration has them.

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
        self.downscaler = build_mean(config, channels, factor)
        sizes = (config.width, config.multipliers)
        rest: dict[str, Any] = {
            "heads": config.heads,
            "head_width": config.head_width,
            "attention": config.attention,
            "patch": config.unet_patch,
            "stem": config.stem,
        }
        if config.flow:
            self.flow = UNet((config.order + 1) * channels, config.flow_channels, *sizes, **rest)
            if config.flow_channels == 3:  # begin with the sharp frame
                assert self.flow.head.bias is not None
                nn.init.constant_(self.flow.head.bias.view(3, -1)[2], -1)
        scored = config.diffusion and config.residual == "normal-scores"
        self.scores = NormalScores() if scored else None
        if config.diffusion:
            seen = 2 + (channels - 1) * config.told_fields + (self.scores is not None)
            maps, told = 1 + BANDS * config.wiener, config.flow and config.told_maps
            self.denoiser = UNet(seen, maps, *sizes, noise_embedding=True, conditioned=told, **rest)
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("band_variances", torch.zeros(BANDS, 1, 1))  # logarithms
        levels = log_snr(config.schedule, config.noise_steps, config.schedule_shift)
        self.register_buffer("levels", levels, persistent=False)

    def mean(self, coarse: Tensor) -> Tensor:
        """Deterministic prediction of frames (B, C, h, w): (B, 1, H, W)."""
        out: Tensor = self.downscaler(coarse)
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

        Without flow, the prediction at t takes the place of the warped frame. With ``order`` 0 there is no
        frame before, and the prediction itself is moved.

        Args:
            mean: deterministic prediction at t, (B, 1, H, W).
            previous: fine rain of the ``order`` frames before t, (B, order, H, W).
            coarse: of these and of t, (B, order + 1, C, h, w).
            relief: (B, 0 or 1, H, W).
        """
        *past, fields = [self.fields(frame, relief) for frame in coarse.unbind(1)]
        if not self.config.flow:
            return Condition(mean, fields, [], mean)
        frames = [frame[:, None] for frame in previous.unbind(1)]
        seen = [x for pair in zip(frames, past, strict=True) for x in pair]
        flow, maps = self.flow(torch.cat([*seen, self.upsample(coarse[:, -1, :1]), fields], 1))
        move = warp if self.config.flow_channels == 2 else scale_space_warp
        moved = move(frames[-1] if frames else mean, flow)
        return Condition(moved, fields, maps if self.config.told_maps else [], mean)

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
        seen = [x, condition.warped, *[condition.fields] * self.config.told_fields]
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
        """Loss of clips of any length above ``order``: joint, or each network by its own term.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W), and what
                noise follows from.
            seed: not used; noise and its levels follow from the examples.
        """
        coarse, fine, valid = batch["coarse"], batch["fine"], batch["valid"]
        config, order = self.config, self.config.order
        n = coarse.shape[1] - order  # frames with a full past
        mean = self.mean(coarse.flatten(0, 1)).view(fine.shape)
        known = mean if config.joint else mean.detach()
        # teacher forcing: the truth stands for the model's own earlier samples
        history = fine if config.history == "generated" else known
        previous = torch.stack([history[:, i : i + order] for i in range(n)], 1).flatten(0, 1)
        windows = torch.stack([coarse[:, i : i + order + 1] for i in range(n)], 1).flatten(0, 1)
        relief = batch["relief"].repeat_interleave(n, 0)
        truth, mask, present = (x[:, order:].flatten(0, 1)[:, None] for x in (fine, valid, known))
        condition = self.condition(previous, windows, relief, present)
        terms = {"mean": masked_mse(mean, fine, valid)}
        loss = config.loss_mean * terms["mean"]
        if config.flow:
            terms["flow"] = masked_mse(condition.warped, truth, mask)
            loss = loss + config.loss_flow * terms["flow"]
        if config.diffusion:
            told = condition if config.joint else condition.detach()
            terms["diffusion"] = self._diffusion_loss(batch, told, truth, mask)
            loss = loss + config.loss_diffusion * terms["diffusion"]
        return {"loss": loss, **terms}

    def _diffusion_loss(
        self, batch: dict[str, Tensor], condition: Condition, truth: Tensor, mask: Tensor
    ) -> Tensor:
        """Squared error of the velocity of frames, clip by clip (B n, 1, H, W), at random noise levels."""
        draws, b = self.config.draws, len(batch["fine"])
        n = len(truth) // b
        weight = mask.float()
        if self.scores is not None:  # dry pixels say little, and there are many of them
            weight = weight * (LEAST_WEIGHT + self.scores.wetness(condition.mean.detach()))
        residual = self.encode(truth, self.reference(condition))
        told, target = condition.repeat(draws), residual.repeat_interleave(draws, 0)
        index = (example_uniform(batch, draws) * len(self.levels)).long()
        logsnr = self.levels[index].view(b, 1, draws).expand(b, n, draws).flatten()  # one per clip and draw
        noise = example_normal(batch, n * draws, *target.shape[1:]).flatten(0, 1)
        alpha, sigma = alpha_sigma(logsnr)
        predicted = self.denoise(alpha * target + sigma * noise, logsnr, told)
        return masked_mse(predicted, velocity(target, noise, logsnr), weight.repeat_interleave(draws, 0))
