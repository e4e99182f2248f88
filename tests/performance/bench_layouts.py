"""One evaluation of OF-Diff's denoiser: plain, channels last, in bfloat16, compiled.

    python tests/performance/bench_layouts.py [preset] [cells] [frames]

Untrained networks, one thread on a CPU; variants are run in turn. Deviations are root mean squares of the
velocity's change, relative to its own. A compiled variant needs a C++ compiler on a CPU.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from downbench import build_config
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel

CHANNELS, REPEATS = 12, 5
# Relative rounding of one operation, 2^-9 and (as TF32, which a GPU may use) 2^-11, over some hundred that
# follow each other and whose errors add up as a random walk: ten times.
BFLOAT16, FLOAT32 = 10 * 2**-9, 10 * 2**-11


def main(preset: str = "tiny", cells: int = 256, frames: int = 4, compiling: bool = True) -> dict[str, Any]:
    """Print a Markdown table; return seconds and deviations, ``ok`` where none is beyond bfloat16's."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    config = build_config("ofdiff", OFDiffConfig, OFDiff.presets, preset, {})
    assert isinstance(config, OFDiffConfig)
    torch.manual_seed(0)
    model = OFDiffModel(config, CHANNELS, 8, None).to(device).eval()
    assert model.denoiser is not None
    motion = model.past_frames if model.on_coarse else model.flow
    for network in (model.denoiser, motion):  # heads begin at zero
        torch.nn.init.normal_(network.head.weight, std=0.02)
    coarse = torch.randn(frames, config.order + 1, CHANNELS, cells // 8, cells // 8, device=device)
    x, level = torch.randn(frames, 1, cells, cells, device=device), torch.zeros(frames, device=device)
    with torch.inference_mode():
        told = model.condition(coarse, torch.zeros(frames, 0, cells, cells, device=device))
        seen, maps = torch.cat([x, told.seen], 1), told.maps
        last = torch.channels_last
        plain: Callable[..., tuple[Tensor, list[Tensor]]] = model.denoiser
        compiled = torch.compile(model.denoiser)

        def half(network: Callable[..., tuple[Tensor, list[Tensor]]]) -> Tensor:
            with torch.autocast(device, torch.bfloat16):
                return network(seen, level, maps)[0]

        def channels_last() -> Tensor:
            moved = [m.contiguous(memory_format=last) for m in maps]
            return plain(seen.contiguous(memory_format=last), level, moved)[0]

        variants: dict[str, Callable[[], Tensor]] = {
            "plain": lambda: plain(seen, level, maps)[0],
            "channels last": channels_last,
            "bfloat16": lambda: half(plain),
            "compiled": lambda: compiled(seen, level, maps)[0],
            "compiled, bfloat16": lambda: half(compiled),
        }
        if not compiling:
            variants = {name: work for name, work in variants.items() if "compiled" not in name}
        results = {name: work().float() for name, work in variants.items()}  # and warm up
        times: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(REPEATS):
            for name, work in variants.items():
                start = time.perf_counter()
                work()
                if device == "cuda":
                    torch.cuda.synchronize()
                times[name].append(time.perf_counter() - start)
    print(f"denoiser of ofdiff {preset}, {frames} frames of {cells}x{cells} cells, {device}")
    print("| | s | of plain | deviation |\n|---|---|---|---|")
    base = statistics.median(times["plain"])
    rows: dict[str, Any] = {}
    for name, found in times.items():
        took = statistics.median(found)
        change = (results[name] - results["plain"]).square().mean() / results["plain"].square().mean()
        rows[name] = {"s": took, "of plain": took / base, "deviation": float(change.sqrt())}
        print(f"| {name} | {took:.3f} | {took / base:.2f} | {rows[name]['deviation']:.1e} |")
    least = {name: BFLOAT16 if "bfloat16" in name else FLOAT32 for name in rows}
    return {**rows, "ok": all(row["deviation"] <= least[name] for name, row in rows.items())}


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(a) for a in sys.argv[2:]))
