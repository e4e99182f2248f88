"""OF-Diff's three networks in one module, and their joint loss (arXiv 2312.06071, first version)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from downbench_methods.diffusion.condition import Condition, Maps, repeat_clips
from downbench_methods.diffusion.model import Batch, DiffusionModel, Losses
from downbench_methods.diffusion.schedule import NOISIEST
from downbench_methods.fields.noise_in_time import fitted_memory
from downbench_methods.networks.frame import fine_fields, upsample
from downbench_methods.networks.mean import build_mean
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.moving_noise import CENTRES, band_correlation, band_memory
from downbench_methods.ofdiff.past import Past
from downbench_methods.ofdiff.warp import carry, scale_space_warp, warp
from downbench_methods.training.draws import example_normal
from downbench_methods.training.losses import masked_mse

# scale, before its hyperbolic tangent, that training starts from: nearly the sharp frame. At the sharp frame
# itself, where the published code starts, the gradient is zero, and the scale would stay there for ever.
SHARP = -2.0
TOLD = 2  # maps that the denoiser is told of frames that are moved on the coarse grid


@dataclass(frozen=True)
class Moved(Condition):
    """What the denoiser sees, and what else the loss is about."""

    warped: Tensor  # (N, 1, H, W), the frame before, moved by the flow
    means: Tensor  # (B, T, H, W), the deterministic prediction of the last frames of clips, or of all
    flow: Tensor | None  # (N, 2 or 3, H, W), from the frame to the one before, in pixels


class OFDiffModel(DiffusionModel):
    """Deterministic network, flow U-Net and denoiser, as far as the configuration has them.

    The first ``order`` frames of a clip are the past of those after them.
    """

    predicts = True
    config: OFDiffConfig
    moving_memory: Tensor

    def __init__(self, config: OFDiffConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__(config, channels, factor, relief)
        self.past, self.one_level = config.order, True
        # of the residual along the flow, band by band in hours; 0 where it stays more than it moves, or there
        # is no flow
        self.register_buffer("moving_memory", torch.zeros(len(CENTRES)))

    def build(self, channels: int) -> None:
        """Make the networks, for so many coarse channels."""
        config = self.config
        self.downscaler = build_mean(config.mean_network, config, config, channels, self.factor)
        told = TOLD * (config.flow and self.on_coarse and config.denoiser_maps)
        if config.flow and self.on_coarse:
            self.past_frames = Past(config.order, channels, 2 * config.width, told, self.factor)
        elif config.flow:
            self.flow = self.unet((config.order + 1) * channels, config.flow_channels)
            if config.flow_channels == 3:
                assert self.flow.head.bias is not None
                nn.init.constant_(self.flow.head.bias.view(3, -1)[2], SHARP)
        self.scores = self.scores if config.diffusion else None
        seen = 1 + (channels - 1) * config.denoiser_fields + self.over_mean + told
        self.build_head(seen, conditioned=config.flow and config.denoiser_maps and not self.on_coarse)

    @property
    def on_coarse(self) -> bool:
        """Whether the frames before are moved by motion on the coarse grid."""
        return self.config.flow_grid == "coarse"

    def build_head(self, seen: int, conditioned: bool) -> None:
        """Make what turns noise into rain.

        Args:
            seen: maps that it sees beside the noise.
            conditioned: whether it is told the flow network's maps.
        """
        diffusion = self.config.diffusion
        self.denoiser = self.build_denoiser(seen, conditioned=conditioned) if diffusion else None

    @property
    def over_mean(self) -> bool:
        """Whether rain is relative to the prediction, which is told too, and not to the warped frame."""
        return self.scores is not None

    @property
    def over_interpolation(self) -> bool:
        """Whether rain is relative to interpolated rain, from which training cannot move it away."""
        return self.config.relative_to == "interpolation" and self.over_mean and self.on_coarse

    @property
    def prediction_network(self) -> nn.Module | None:
        """The deterministic network, if it has something to learn."""
        return self.downscaler if any(True for _ in self.downscaler.parameters()) else None

    def mean(self, coarse: Tensor) -> Tensor:
        """Deterministic prediction of frames (N, C, h, w): (N, 1, H, W)."""
        out: Tensor = self.downscaler(coarse)
        return out

    def prediction(self, batch: Batch) -> Tensor:
        """The prediction of all frames of clips, (B T, 1, H, W); the first one stands for those before it."""
        coarse = batch["coarse"]
        if self.over_interpolation:
            return upsample(coarse[:, :, 0].flatten(0, 1)[:, None], self.factor)
        if not self.on_coarse:
            return self.mean(coarse.flatten(0, 1))
        whole = torch.cat([coarse[:, :1].expand(-1, self.past, -1, -1, -1), coarse], 1)
        return self._moved_on_coarse(whole, batch["relief"], None).reference

    def condition(self, coarse: Tensor, relief: Tensor, history: Tensor | None = None) -> Moved:
        """Estimate the flow and warp the frame before, for all frames of clips but the first ``order``.

        Without flow, the prediction takes the place of the warped frame. With ``order`` 0 there is no frame
        before, and the prediction itself is moved.

        Args:
            coarse: (B, T, C, h, w); relief: (B, 0 or 1, H, W).
            history: fine rain of all frames but, maybe, the last, (B members, T or T - 1, H, W), members side
                by side; None takes the deterministic prediction.
        """
        if self.on_coarse:
            return self._moved_on_coarse(coarse, relief, history)
        b, t = coarse.shape[:2]
        n, flat = t - self.past, coarse.flatten(0, 1)
        fields = fine_fields(flat, relief.repeat_interleave(t, 0), self.relief, self.factor)
        fields = fields.view(b, t, *fields.shape[1:])
        means = self.mean(flat).view(b, t, *fields.shape[-2:])
        predicted = means if self.config.joint else means.detach()
        history = predicted if history is None else history
        if len(history) != b:
            fields, predicted = (x.repeat_interleave(len(history) // b, 0) for x in (fields, predicted))

        def frames(x: Tensor, first: int) -> Tensor:
            return x[:, first : first + n].flatten(0, 1)

        mean, present = frames(predicted, self.past)[:, None], frames(fields, self.past)
        before = [frames(history, k)[:, None] for k in range(self.past)]
        warped: Tensor = mean
        flow: Tensor | None = None
        maps: Maps = ()
        if self.config.flow:
            seen = [x for k, rain in enumerate(before) for x in (rain, frames(fields, k)[:, 1:])]
            flow, maps = self.flow(torch.cat([*seen, present], 1))
            if self.config.flow_channels == 3:
                flow = torch.cat([flow[:, :2], flow[:, 2:].tanh()], 1)
            way = warp if self.config.flow_channels == 2 else scale_space_warp
            warped = way(before[-1] if before else mean, flow)
        seen = [warped, *[present[:, 1:]] * self.config.denoiser_fields, *[mean] * self.over_mean]
        reference = mean if self.over_mean else warped
        maps = tuple(maps) if self.config.denoiser_maps else ()
        return Moved(torch.cat(seen, 1), reference, maps, warped, means, flow)

    def _moved_on_coarse(self, coarse: Tensor, relief: Tensor, history: Tensor | None) -> Moved:
        """The same where the past corrects the prediction; interpolated rain stands for that of the past."""
        b, t = coarse.shape[:2]
        n, config = t - self.past, self.config

        def frames(x: Tensor) -> Tensor:
            """The frames before and the present side by side, (B n, past + 1, ...)."""
            return torch.stack([x[:, k : k + n] for k in range(self.past + 1)], 2).flatten(0, 1)

        seen = frames(coarse)
        mean = self.mean(seen[:, -1])
        means = mean.view(b, n, *mean.shape[-2:])
        mean = mean if config.joint else mean.detach()
        fields = fine_fields(seen[:, -1], relief.repeat_interleave(n, 0), self.relief, self.factor)
        moved, told, flow = mean, mean[:, :0], None
        if config.flow:
            flows = self.past_frames.motions(seen)
            if history is None:
                before = upsample(seen[:, :-1, 0], self.factor) if self.past else mean[:, :0]
            else:  # of members, side by side
                copies = len(history) // b
                before = frames(torch.cat([history, history[:, :1]], 1)[:, :t])[:, :-1]
                seen, mean, fields, *flows = (
                    repeat_clips(x, copies, n) for x in (seen, mean, fields, *flows)
                )
            correction, told = self.past_frames(seen, mean, before, flows)
            moved = mean + correction
            flow = self.factor * upsample(flows[0], self.factor) if flows else None
        reference = fields[:, :1] if self.over_interpolation else moved
        beside = reference if self.over_interpolation else mean
        shown = [moved, *[fields[:, 1:]] * config.denoiser_fields, *[beside] * self.over_mean, told]
        return Moved(torch.cat(shown, 1), reference, (), moved, means, flow)

    @property
    def residual_past(self) -> int:
        """None over the prediction, which every frame has; all of the past over what follows from it."""
        return 0 if self.over_mean and not self.on_coarse else self.past

    def residual(self, batch: Batch) -> Tensor:
        """What diffusion models: of all frames over the prediction, or of those with a past."""
        if self.residual_past == 0:
            return super().residual(batch)
        moved = self.training_condition(batch)
        fine = self.present(batch)[0]
        residual = self.encode(fine, moved.reference)
        if self.over_interpolation and self.denoiser is not None:  # which knows a part of it without noise
            residual = residual - self.expected(batch, moved)
        return residual.view(len(batch["fine"]), -1, *fine.shape[-2:])

    def expected(self, batch: Batch, condition: Condition) -> Tensor:
        """What the denoiser makes of noise alone: about the mean of what diffusion models, (N, 1, H, W)."""
        present = self.present(batch)[0]
        frames = len(present) // len(batch["fine"])
        noise = example_normal(batch, frames, *present.shape[1:]).flatten(0, 1)
        noisiest = torch.full((len(present),), NOISIEST, device=noise.device)
        return self.clean(noise, noisiest, condition, 1)

    @torch.no_grad()
    def fit_moving_memory(self, batches: list[Batch], hours: float) -> None:
        """Take the memory of the residual along the flow from clips whose last two frames have a residual.

        Args:
            batches: clips; hours: between their frames.
        """
        pairs, valid = [], []
        for batch in batches:
            flow = self.condition(batch["coarse"], batch["relief"]).flow
            assert flow is not None
            before, now = self.residual(batch)[:, -2:].unbind(1)
            last = flow.view(len(batch["fine"]), -1, *flow.shape[1:])[:, -1, :2]
            carried, inside = carry(before[:, None], last)
            pairs.append(torch.stack([before, carried[:, 0], now], 1))
            valid.append(batch["valid"][:, -2:].all(1) & inside[:, 0])
        frames, counted = torch.cat(pairs), torch.cat(valid)
        both = counted[:, None].expand(-1, 2, -1, -1)
        resting, moving = (fitted_memory(frames[:, [k, 2]], both, hours) for k in (0, 1))
        bands = band_memory(band_correlation(frames[:, 1], frames[:, 2], counted), hours)
        self.moving_memory.copy_(bands * (moving > resting))

    @torch.no_grad()
    def fit_scores(self, batches: list[Batch]) -> None:
        """Fit the normal scores to the present prediction of clips, of frames that have their past."""
        if self.scores is None or not self.on_coarse:
            super().fit_scores(batches)
            return
        pairs = []
        for batch in batches:
            fine, valid = self.present(batch)
            pairs.append(torch.stack([self.reference(batch), fine])[:, valid])
        prediction, rain = torch.cat(pairs, 1)
        if len(rain):
            self.scores.fit(prediction, rain)

    def reference(self, batch: Batch) -> Tensor:
        """What rain of the frames that have a past is compared with, (N, 1, H, W)."""
        if self.over_interpolation:
            return self.prediction({**batch, "coarse": batch["coarse"][:, self.past :]})
        return self.training_condition(batch).reference

    def training_condition(self, batch: Batch) -> Moved:
        """What the denoiser sees in training: the truth stands for the model's own earlier samples."""
        history = batch["fine"] if self.config.history == "generated" else None
        return self.condition(batch["coarse"], batch["relief"], history)

    def base_loss(self, batch: Batch, moved: Moved) -> Losses:
        """Losses of the prediction and of the warped frame."""
        fine, valid = (batch[name][:, -moved.means.shape[1] :] for name in ("fine", "valid"))
        terms = {"mean": masked_mse(moved.means, fine, valid)}
        loss = self.config.loss_mean * terms["mean"]
        if self.config.flow:
            terms["flow"] = masked_mse(moved.warped, *self.present(batch))
            loss = loss + self.config.loss_flow * terms["flow"]
        return {"loss": loss, **terms}

    def present(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """True rain of the frames that have a past, and where it is valid, (N, 1, H, W) each."""
        fine, valid = (batch[name][:, self.past :].flatten(0, 1)[:, None] for name in ("fine", "valid"))
        return fine, valid

    def forward(self, batch: Batch, seed: int) -> Losses:
        """Loss of clips of any length above ``order``: joint, or each network by its own term.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W), and what
                noise follows from.
            seed: not used; noise and its levels follow from the examples.
        """
        moved = self.training_condition(batch)
        terms = self.base_loss(batch, moved)
        if self.denoiser is None:
            return terms
        condition = moved if self.config.joint else moved.detach()
        diffusion = self.diffusion_loss(batch, condition, *self.present(batch))
        loss = terms.pop("loss") + self.config.loss_diffusion * diffusion
        return {"loss": loss, **terms, "diffusion": diffusion}
