"""On real rain, each statistical method that sees its input must beat the coarse cell repeated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import properscoring
import pytest
import xarray as xr
from sequences import make_sequence
from statistical_world import fitted, sampled

from downbench import FieldSequence, Method, block_mean, build_config, upsample
from downbench.plugins.session import registry

# climatology is not among them: it does not look at its input
NAMES = ["analogs", "bcsd", "quantile-delta-mapping", "rainfarm", "lognormal-cascade"]


@pytest.fixture(scope="module")
def rain(shared_data: Path) -> tuple[FieldSequence, FieldSequence]:
    """Eastern US at 25 km, hourly: two days to train on, and most of the third."""
    fine = xr.open_dataset(shared_data / "mrms_qpe_201609_east_25km_1h.nc")["precipitation"].to_numpy()
    whole = np.isfinite(block_mean(fine, 8)).all(0).repeat(8, 0).repeat(8, 1)
    fine = np.where(whole, fine, np.float32(np.nan))
    return make_sequence(fine[:48]), make_sequence(fine[54:])


def build(name: str) -> Method:
    method = registry().find("method", name).load()
    return method(build_config(name, method.Config, method.presets, "tiny", {}))


@pytest.mark.parametrize("name", NAMES)
def test_it_beats_nearest(name: str, rain: tuple[FieldSequence, FieldSequence], tmp_path: Path) -> None:
    train, test = rain
    members = 8 if registry().find("method", name).info.probabilistic else 1  # type: ignore[attr-defined]
    got = sampled(fitted(build(name), [train], tmp_path), test, members=members)
    truth = test.fine.to_numpy()[:, 0]
    valid = np.isfinite(truth)
    assert np.isfinite(got[:, valid]).all()
    # not the fair form, which would be lower
    crps = properscoring.crps_ensemble(truth[valid], got[:, valid].T).mean()
    nearest = np.abs(upsample(block_mean(truth, 8), 8, "nearest") - truth)[valid].mean()
    assert crps < nearest
