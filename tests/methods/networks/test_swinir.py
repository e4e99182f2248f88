"""Swin-IR against plain loops, its published size, and properties."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench_methods.networks.swinir import SwinIR
from downbench_methods.networks.window_attention import WindowAttention, merge, partition


def attention_by_loops(layer, x):
    """Shifted-window attention written out query by query, after the Swin paper's text."""
    b, h, w, c = x.shape
    heads, window, shift, d = layer.heads, layer.window, layer.shift, c // layer.heads
    q, k, v = (part.reshape(b, h, w, heads, d) for part in layer.qkv(x).chunk(3, -1))
    # the shifted partition cuts the image at shift, shift + window, ...; what is left at the rim stands alone
    cell_y = [(i - shift) // window for i in range(h)]
    cell_x = [(j - shift) // window for j in range(w)]
    out = torch.zeros(b, h, w, heads, d)
    for i in range(h):
        for j in range(w):
            mates = [
                (p, r)
                for p in range(h)
                for r in range(w)
                if cell_y[p] == cell_y[i] and cell_x[r] == cell_x[j]
            ]
            for head in range(heads):
                logits = []
                for p, r in mates:
                    row = (i - p + window - 1) * (2 * window - 1) + (j - r + window - 1)
                    logits.append(
                        (q[:, i, j, head] * k[:, p, r, head]).sum(-1) / math.sqrt(d) + layer.bias[row, head]
                    )
                weight = torch.stack(logits, -1).softmax(-1)  # (b, mates)
                values = torch.stack([v[:, p, r, head] for p, r in mates], 1)
                out[:, i, j, head] = (weight[..., None] * values).sum(1)
    return layer.project(out.flatten(3))


@pytest.mark.parametrize("shift", [0, 2])
def test_window_attention_equals_loops(shift):
    torch.manual_seed(0)
    layer = WindowAttention(8, 2, 4, shift)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 8, 12, 8)
    with torch.no_grad():
        torch.testing.assert_close(layer(x), attention_by_loops(layer, x), rtol=1e-5, atol=1e-6)


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.sampled_from([2, 4]))
@settings(max_examples=20, deadline=None)
def test_partition_and_merge_are_inverse(batch, rows, columns, window):
    x = torch.randn(batch, rows * window, columns * window, 3)
    assert torch.equal(merge(partition(x, window), window, rows * window, columns * window), x)


def test_size_of_the_paper():
    with torch.device("meta"):
        network = SwinIR(12)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(15.65e6, rel=0.01)


@pytest.mark.parametrize("size", [(3, 5), (8, 8), (12, 9)])
@pytest.mark.parametrize("residual", ["1conv", "3conv"])
def test_any_size_and_every_parameter_learns(size, residual):
    torch.manual_seed(0)
    network = SwinIR(3, 8, 16, (2, 2), 2, 4, features=8, residual=residual, skip=True)
    out = network(torch.randn(2, 3, *size))
    assert out.shape == (2, 1, 8 * size[0], 8 * size[1])
    out.square().sum().backward()
    # one window holds the whole of the smallest image only if it is no larger than the window
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert sum(float(p.grad.abs().sum()) > 0 for p in network.parameters()) == len(list(network.parameters()))


def test_shifted_windows_carry_information_across_the_cuts():
    torch.manual_seed(0)
    layer = WindowAttention(8, 2, 4, 2)
    x = torch.randn(1, 8, 8, 8)
    y = x.clone()
    y[0, 3, 3] += 1  # beside the cut between unshifted windows
    moved = (layer(x) - layer(y)).abs().sum(-1)[0] > 1e-6
    assert moved[4, 4]
    assert not moved[0, 0]
    y = x.clone()
    y[0, 0, 0] += 1  # the cyclic shift must not join opposite borders
    assert not ((layer(x) - layer(y)).abs().sum(-1)[0] > 1e-6)[6:, 6:].any()


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])
def test_factors(factor):
    network = SwinIR(1, factor, 8, (2,), 2, 4, features=4, residual="1conv")
    assert network(torch.zeros(1, 1, 4, 4)).shape == (1, 1, 4 * factor, 4 * factor)
