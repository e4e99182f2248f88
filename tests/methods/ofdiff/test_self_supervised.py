"""``ofdiff-self-supervised`` learns one scale up, from coarse fields alone, what holds one scale down."""

from __future__ import annotations

import numpy as np
import xarray as xr
from sequences import make_sequence

from downbench import FitContext, SampleContext, build_config
from downbench.pipeline.training_data import allowed
from downbench.plugins.registry import Registry
from downbench_methods.ofdiff.self_supervised import OFDiffSelfSupervised

WET = np.array(
    [2.0, 0, 0, 2, 2, 0, 0, 2]
)  # what columns of a cell get of its rain; the same moved half a cell
QUICK = {
    "flow": False,
    "order": 0,
    "clip": 1,
    "diffusion": False,
    "residual": "additive",
    "lr": 1e-2,
    "ema": 0.9,
}
SETTINGS = {**QUICK, "train_steps": 40, "patch": 16, "validate_every": 1000, "conserve": True}


def stripes(frames: int, seed: int):
    """Blocks of 8 x 8 coarse cells: cells get the block's rain by their column, fine cells the cell's."""
    rain = np.random.default_rng(seed).uniform(0, 3, (frames, 2, 2))
    for _ in ("coarse", "fine"):
        rain = rain.repeat(8, 1).repeat(8, 2)
        rain = rain * np.tile(WET, rain.shape[2] // 8)
    return make_sequence(rain.astype(np.float32), start="2020-01-01")


def test_a_pattern_of_the_coarse_field_is_found_in_the_fine_one_that_was_never_read(tmp_path):
    entry = next(e for e in Registry().entries("method") if e.info.name == "ofdiff-self-supervised")
    presets = OFDiffSelfSupervised.presets
    method = OFDiffSelfSupervised(
        build_config("toy", OFDiffSelfSupervised.Config, presets, "smoke", SETTINGS)
    )
    sealed = (allowed((stripes(*one),), entry.info) for one in ((24, 0), (8, 1)))
    method.fit(*sealed, FitContext(seed=0, directory=tmp_path))
    unseen = stripes(2, 2)
    parts = method.sample(unseen.coarse.isel(tile=0), unseen.static, 1, SampleContext(seed=0))
    rain, truth = xr.concat(list(parts), "time").to_numpy()[0], unseen.fine.to_numpy()[:, 0]
    right, interpolated = rain[truth > 0].sum() / rain.sum(), 0.5
    assert right > 0.9 > interpolated
    # rain falls harder than any coarse rain that was seen
    assert method.transform.highest > 1.5 * 1.9 * stripes(24, 0).coarse["precipitation"].to_numpy().max()
