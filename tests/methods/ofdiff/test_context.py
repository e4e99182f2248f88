"""``ofdiff-context``: the same frames before as OF-Diff's and the same networks, and nothing is moved."""

from __future__ import annotations

import pytest
import torch

from downbench import build_config
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.context import ContextModel
from downbench_methods.ofdiff.model import OFDiffModel

Models = tuple[OFDiffModel, ContextModel]


def frames(*columns: float) -> torch.Tensor:
    """Coarse rain (1, T, 1, 12, 12), in each frame around a column."""
    axis = torch.arange(12, dtype=torch.float32)
    squares = [(axis[:, None] - 6).square() + (axis - column).square() for column in columns]
    return 3 * torch.exp(-torch.stack(squares) / 12)[None, :, None]


def both(grid: str) -> Models:
    """OF-Diff and this with the same weights; heads begin at zero and would let nothing through."""
    # relative to the prediction, what the past does shows in the reference
    settings = {"relative_to": "prediction", "flow_grid": grid, "residual": "additive"}
    config = build_config("ofdiff", OFDiffConfig, PRESETS, "smoke", settings)
    torch.manual_seed(0)
    moving, still = (model(config, 1, 8, None) for model in (OFDiffModel, ContextModel))
    head = moving.past_frames.head if grid == "coarse" else moving.flow.head
    torch.nn.init.normal_(head.weight, std=0.3)
    inner = "flow.network." if grid == "fine" else "flow."
    still.load_state_dict({name.replace("flow.", inner, 1): w for name, w in moving.state_dict().items()})
    return moving, still


def seen(models: Models, *columns: float) -> list[torch.Tensor]:
    """What the denoiser of each sees, of a clip's last frame."""
    with torch.no_grad():
        return [model.condition(frames(*columns), torch.zeros(1, 0, 96, 96)).seen for model in models]


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("grid", ["coarse", "fine"])
def test_where_rain_moves_it_sees_the_frames_as_they_stand(grid: str) -> None:
    models = both(grid)
    moving, still = seen(models, 4, 5, 6)
    assert difference(moving, still) > 0.01
    assert difference(still, seen(models, 8, 7, 6)[1]) > 0.01, "it is told the frames before all the same"


@pytest.mark.parametrize("grid", ["coarse", "fine"])
def test_nothing_moves_so_that_noise_cannot_either(grid: str) -> None:
    with torch.no_grad():
        flow = both(grid)[1].condition(frames(4, 5, 6), torch.zeros(1, 0, 96, 96)).flow
    assert flow is not None
    assert not flow.any()


def test_on_the_coarse_grid_it_is_ofdiff_where_rain_stands_still() -> None:
    """There motion is estimated, so that none is found, to a thousandth of what is found in moving rain."""
    models = both("coarse")
    assert difference(*seen(models, 6, 6, 6)) < 1e-3 * difference(*seen(models, 4, 5, 6))


def test_on_the_fine_grid_the_frame_before_stands_where_it_was() -> None:
    coarse, still = frames(4, 5, 6), both("fine")[1]
    with torch.no_grad():
        moved = still.condition(coarse, torch.zeros(1, 0, 96, 96))
        torch.testing.assert_close(moved.warped, still.mean(coarse[:, 1]))
