"""What only a GPU can show, in one run of at most 12 minutes.

    python tests/device/device_checks.py DATA OUT [PART ...]

DATA is the hourly MRMS file, OUT a folder for ``device.json``, which grows part by part, and for the runs.
The parts, quick ones first: ``same`` (scores equal to the CPU's), ``members`` (a tile with 16 members against
one by one), ``ways`` (bf16, compiled, channels last), ``paper`` (a training step of its preset), and ``fits``
(OF-Diff and swin-ir-diffusion of preset ``small``, 4.5 minutes each). A part that fails leaves the others be.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests" / "helpers"), str(ROOT / "tests" / "performance")]
import bench_layouts  # noqa: E402
import bench_sampling  # noqa: E402
from sequences import shower_sequence  # noqa: E402

import downbench  # noqa: E402
from downbench import FitContext, SampleContext, build_config  # noqa: E402
from downbench_methods.base.network import fair_crps  # noqa: E402
from downbench_methods.ofdiff.configuration import OFDiffConfig  # noqa: E402
from downbench_methods.ofdiff.method import OFDiff  # noqa: E402
from downbench_methods.ofdiff.model import OFDiffModel  # noqa: E402

Result = dict[str, Any]
CHANNELS = 12  # of the paper's coarse fields, with topography
ABSOLUTE, RELATIVE = 1e-4, 1e-3  # mm/h and share, by which rounding may change a sample (base/pacing.py)


def same(device: str) -> Result:
    """CRPS of one model's samples here and on the CPU.

    A sample changes by rounding alone, since noise is drawn on the CPU. Of any two ensembles, CRPS differs by
    at most twice the mean distance of their members (once for its first term, once for its spread), hence by
    at most twice what rounding may change a sample of mean rain.
    """
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    method = OFDiff(build_config("ofdiff", OFDiffConfig, OFDiff.presets, "smoke", {}))
    parts = [shower_sequence(8, (32, 40), seed, wind=True, relief=True) for seed in (0, 1, 2)]
    with tempfile.TemporaryDirectory() as folder:
        method.fit((parts[0],), (parts[1],), FitContext(seed=0, directory=Path(folder), device="cpu"))
        method.save(Path(folder))
        there = OFDiff.load(Path(folder))
    coarse, static = parts[2].coarse.isel(tile=0), parts[2].static.isel(tile=0)
    truth = parts[2].fine.isel(tile=0).to_numpy()
    made = {}
    for name, one in (("cpu", method), (device, there)):
        context = SampleContext(seed=0, sequence="s", tile=0, device=name)
        made[name] = xr.concat(list(one.sample(coarse, static, 4, context)), "time").to_numpy()
    here, cpu = (
        float(fair_crps(made[name].reshape(4, -1), truth.ravel()).mean()) for name in (device, "cpu")
    )
    allowed = 2 * (ABSOLUTE + RELATIVE * float(made["cpu"].mean()))
    return {"crps": here, "crps on the cpu": cpu, "allowed": allowed, "ok": abs(here - cpu) <= allowed}


def members(preset: str = "small", cells: int = 256, count: int = 16, steps: int = 16) -> Result:
    """A whole tile with all members at once, against one by one with the conditioning done anew."""
    seconds = bench_sampling.main(preset, cells, count, steps, 1)
    ratio = seconds["one by one"] / seconds["batched"]
    return {**seconds, "ratio": ratio, "ok": ratio >= 3}


def ways(preset: str = "small", cells: int = 256, frames: int = 16) -> Result:
    """One evaluation of the denoiser: plain, channels last, bf16, compiled."""
    return bench_layouts.main(preset, cells, frames)


def paper(device: str, preset: str = "paper", patch: int = 384, repeats: int = 3) -> Result:
    """A training step on one clip: seconds, and the most memory that it takes on a GPU."""
    config = build_config("ofdiff", OFDiffConfig, OFDiff.presets, preset, {})
    assert isinstance(config, OFDiffConfig)
    torch.manual_seed(0)
    model = OFDiffModel(config, CHANNELS, 8, CHANNELS - 1).to(device)
    optimiser = torch.optim.Adam(model.parameters(), config.lr, config.adam)
    coarse = torch.randn(1, config.clip, CHANNELS, patch // 8, patch // 8)
    fine = torch.randn(1, config.clip, patch, patch)
    batch = {
        "coarse": coarse,
        "relief": torch.randn(1, 1, patch, patch),
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(1),
        "seed": torch.arange(1),
    }
    batch = {name: one.to(device) for name, one in batch.items()}
    taken, losses = [], []
    for step in range(1 + repeats):  # the first one warms up
        start = time.perf_counter()
        loss = model(batch, step)["loss"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.gradient_clip)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss.detach()))  # waits for the device
        taken.append(time.perf_counter() - start)
    peak = torch.cuda.max_memory_allocated() / 2**20 if torch.device(device).type == "cuda" else None
    sound = bool(np.isfinite(losses).all())
    return {"s a step": float(np.median(taken[1:])), "peak MB": peak, "losses": losses, "ok": sound}


def fits(
    data: Path,
    runs: Path,
    device: str,
    preset: str = "small",
    budget: str | None = "270s",
    methods: Sequence[str] = ("ofdiff", "swin-ir-diffusion"),
    **others: Any,
) -> Result:
    """Fits, samples and scores of whole methods, as their records have them."""
    done = downbench.run(
        list(methods),
        "files",
        data_root=data,
        preset=preset,
        budget=budget,
        device=device,
        runs=runs,
        controls=False,
        **others,
    )
    rows: Result = {"failed": done.failed, "ok": not done.failed}
    for run in done:
        record = run.record
        [crps] = [s.value for s in record.scores if s.metric == "crps" and s.region == s.season == "all"]
        rows[record.method.name] = {"crps": crps, "cost": record.cost.model_dump()}
    return rows


def carry_out(parts: dict[str, Callable[[], Result]], out: Path) -> dict[str, Result]:
    """Carry out parts one after the other, and write what is known after each."""
    out.mkdir(parents=True, exist_ok=True)
    results: dict[str, Result] = {}
    for name, part in parts.items():
        start = time.perf_counter()
        try:
            results[name] = part()
        except Exception:  # the rest is worth having all the same
            results[name] = {"ok": False, "failed": traceback.format_exc()}
        results[name]["took s"] = time.perf_counter() - start
        (out / "device.json").write_text(json.dumps(results, indent=1, default=str))
        print(name, json.dumps(results[name], default=str), flush=True)
    return results


def main(data: Path, out: Path, wanted: Sequence[str]) -> int:
    """Exit code: 1 where a part failed or shows what it must not."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parts: dict[str, Callable[[], Result]] = {
        "same": lambda: same(device),
        "members": members,
        "ways": ways,
        "paper": lambda: paper(device),
        "fits": lambda: fits(data, out / "runs", device, members=8),
    }
    results = carry_out({name: parts[name] for name in wanted or parts}, out)
    return int(not all(one["ok"] for one in results.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
