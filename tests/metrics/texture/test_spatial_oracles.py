"""FSS and SAL against pysteps, plain loops and objects drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import convolve2d
from scoring_metrics import by_name
from scoring_world import make_world, rain

from downbench.scoring.inference.values import work_out
from downbench_metrics.texture.fss import FSS
from downbench_metrics.texture.sal import SAL

METRICS = by_name(FSS, SAL)


def values(world, name, length=10**6):
    metric = {name: METRICS[name]}
    rows, _ = work_out(world.score(metric, length), metric, True)
    return {r["component"]: r["value"] for r in rows if r["region"] == r["season"] == "all"}


def test_fss_against_pysteps():
    """Events far from the edges, so that it makes no difference what the library takes to lie beyond them."""
    fss = pytest.importorskip("pysteps.verification.spatialscores").fss
    world = make_world(members=1, steps=(1,), tiles=1, size=96, hole=False, equal_areas=True)
    rng = np.random.default_rng(0)
    for fields in (world.truth, world.members):
        fields["s0"][...] = 0
        fields["s0"][..., 34:62, 34:62] = rain(rng, (28, 28))
    got = values(world, "fss")
    truth, sampled = world.truth["s0"][0, 0].astype(float), world.members["s0"][0, 0, 0].astype(float)
    for threshold in (0.1, 1, 4):
        for scale in (5, 9, 17, 33):
            # pysteps counts at or above the threshold, no value lies on it
            want = fss(sampled, truth, threshold, scale)
            assert got[f"{threshold:g} mm/h, {scale} cells"] == pytest.approx(want, rel=1e-5)
    assert got["1 mm/h, 1 cell"] < got["1 mm/h, 5 cells"] < got["1 mm/h, 33 cells"]


def test_fss_with_gaps_areas_and_members():
    """Shares of the valid cells, by convolution of events and of valid cells."""
    world = make_world(seed=31, members=3, steps=(5, 3))
    got = values(world, "fss", length=2)
    for threshold, scale in ((0.1, 9), (1, 1), (4, 5), (1, 33)):
        box, sums = np.ones((scale, scale)), np.zeros((3, 2))
        for name, _ in world.frames:
            for tile, t in np.ndindex(world.truth[name].shape[:2]):
                valid = np.isfinite(world.truth[name][tile, t])
                number = convolve2d(valid, box, "same")
                use = valid & (2 * number.round() >= scale**2)
                weight = world.grid.area[tile][use]

                def share(field, valid=valid, number=number, use=use, box=box, threshold=threshold):
                    events = convolve2d(valid & (field > np.float32(threshold)), box, "same")
                    return events[use] / number[use]

                o = share(world.truth[name][tile, t])
                for k, member in enumerate(world.members[name][:, tile, t]):
                    p = share(member)
                    sums[k] += (weight * (p - o) ** 2).sum(), (weight * (p**2 + o**2)).sum()
        component = f"{threshold:g} mm/h, {scale} cell{'s' if scale > 1 else ''}"
        assert got[component] == pytest.approx(np.mean(1 - sums[:, 0] / sums[:, 1]), rel=1e-5)


def blob(y, x, size=96, radius=6.0, peak=10.0):
    """A round storm."""
    rows, columns = np.mgrid[:size, :size]
    return np.maximum(peak * (1 - np.hypot(rows - y, columns - x) / radius), 0).astype(np.float32)


def sal_of(truth, *members):
    world = make_world(members=len(members), steps=(1,), tiles=1, size=len(truth), hole=False)
    world.truth["s0"][...] = truth
    for k, member in enumerate(members):
        world.members["s0"][k] = member
    return values(world, "sal")


def test_sal_of_a_shifted_storm():
    got = sal_of(blob(40, 30), blob(43, 34))
    assert got["structure"] == pytest.approx(0, abs=1e-6)
    assert got["amplitude"] == pytest.approx(0, abs=1e-6)
    assert got["location"] == pytest.approx(5 / np.hypot(96, 96), rel=1e-5)


def test_sal_of_twice_the_rain():
    got = sal_of(blob(40, 30), 2 * blob(40, 30), blob(40, 30) / 2)
    assert got["amplitude"] == pytest.approx(2 / 3, rel=1e-5)
    assert got["amplitude signed"] == pytest.approx(0, abs=1e-6)
    assert got["structure"] == pytest.approx(0, abs=0.02)  # the wet cells above 0.1 mm/h differ a little


def test_sal_of_flat_and_peaked_storms():
    wide = sal_of(blob(48, 48), blob(48, 48, radius=12, peak=2.5))
    assert wide["structure signed"] > 1
    assert sal_of(blob(48, 48, radius=12, peak=2.5), blob(48, 48))["structure signed"] == pytest.approx(
        -wide["structure signed"]
    )


def test_sal_of_two_storms_spread_apart():
    """Both centres stay in the middle: the location is twice the difference of mean distances to it."""
    truth, sampled = blob(48, 38) + blob(48, 58), blob(48, 18) + blob(48, 78)
    assert sal_of(truth, sampled)["location"] == pytest.approx(2 * 20 / np.hypot(96, 96), rel=1e-4)


def test_sal_against_pysteps():
    """Amplitude, and location of a field whose only object is the whole of it, as pysteps has them."""
    pysteps = pytest.importorskip("pysteps.verification.salscores")
    truth, sampled = blob(30, 40, radius=20), blob(50, 61, radius=9, peak=30)
    got = sal_of(truth, sampled)
    assert got["amplitude signed"] == pytest.approx(pysteps.sal_amplitude(sampled, truth), rel=1e-5)
    # The second part of its location needs scikit-image; it is zero here but for the rims.
    assert got["location"] == pytest.approx(pysteps._sal_l1_param(sampled, truth), abs=1e-3)


def test_sal_by_plain_loops():
    """Objects found by flood fill."""
    rng = np.random.default_rng(5)
    base = rng.gamma(0.3, 3, (2, 40, 40))
    fields = np.where(rng.random(base.shape) < 0.6, 0, base).astype(np.float32)

    def describe(field):
        field = field.astype(float)
        limit = np.quantile(field[field > 0.1], 0.95) / 15
        left = {tuple(p) for p in np.argwhere(field > limit)}
        total = np.average(np.indices(field.shape).reshape(2, -1), axis=1, weights=field.ravel())
        volume = away = mass = 0.0
        while left:
            stack, cells = [left.pop()], []
            while stack:
                y, x = stack.pop()
                cells.append((y, x))
                for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                    if near in left:
                        left.remove(near)
                        stack.append(near)
            rainfall = np.array([field[c] for c in cells])
            centre = np.average(np.array(cells), axis=0, weights=rainfall)
            volume += rainfall.sum() ** 2 / rainfall.max()
            away += rainfall.sum() * np.hypot(*(centre - total))
            mass += rainfall.sum()
        return field.mean(), total, volume / mass, away / mass

    (d1, c1, v1, r1), (d0, c0, v0, r0) = describe(fields[1]), describe(fields[0])
    got = sal_of(*fields)
    assert got["structure signed"] == pytest.approx(2 * (v1 - v0) / (v1 + v0), rel=1e-6)
    assert got["amplitude signed"] == pytest.approx(2 * (d1 - d0) / (d1 + d0), rel=1e-6)
    diagonal = np.hypot(40, 40)
    assert got["location"] == pytest.approx(
        np.hypot(*(c1 - c0)) / diagonal + 2 * abs(r1 - r0) / diagonal, rel=1e-6
    )


def test_sal_is_left_out_of_the_standard_set():
    from downbench.pipeline.metric_set import make_metrics
    from downbench_metrics import downbench_metrics

    assert [info.name for info in downbench_metrics() if not info.default] == ["sal"]
    assert "sal" not in make_metrics(None).metrics
    assert list(make_metrics(["sal"]).metrics) == ["sal"]
