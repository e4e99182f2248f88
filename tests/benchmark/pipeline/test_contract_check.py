"""What a method yields is held against the contract, masked, clipped and regrouped."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from downbench import Method, RunFailed, SampleContext
from downbench.pipeline.contract_check import Expected, Rain, slices_of

TIMES = np.datetime64("2021-06-01", "ns") + np.arange(7) * np.timedelta64(1, "h")
FIELD = np.random.default_rng(0).gamma(0.5, 2, (2, 7, 16, 24)).astype(np.float32)


def expected(valid=None, members=2):
    valid = np.ones((7, 2, 3), bool) if valid is None else valid
    return Expected("mine", members, 8, TIMES, valid, "tile 4 of s")


def part(start, stop, field=FIELD, dims=("member", "time", "y", "x"), times=TIMES):
    return xr.DataArray(field[:, start:stop], dims=dims, coords={"time": times[start:stop]})


def blocks(*parts, first=0, at_once=3, check=None, rain=None):
    check = check or expected()
    return list(check.blocks(iter(parts), first, at_once, rain or Rain()))


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("cuts", [(7,), (1, 2, 3, 4, 5, 6, 7), (4, 7), (2, 3, 7)])
def test_blocks_hold_every_frame_once_whatever_the_slices(cuts, at_once):
    parts = [part(start, stop) for start, stop in zip((0, *cuts), cuts, strict=False)]
    got = blocks(*parts, at_once=at_once)
    assert [at for at, _ in got] == list(range(0, 7, at_once))
    np.testing.assert_array_equal(np.concatenate([block for _, block in got], axis=1), FIELD)


def test_a_method_may_yield_one_array_again_and_again():
    """Frames are its own until the next slice is asked for; its array is not changed."""
    buffer = np.empty_like(FIELD[:, :1])

    def slices():
        for frame in range(7):
            buffer[:] = FIELD[:, frame : frame + 1] - 1
            yield xr.DataArray(buffer, dims=("member", "time", "y", "x"), coords={"time": TIMES[[frame]]})

    for at_once in (1, 3):
        got = [block for _, block in expected().blocks(slices(), 0, at_once, Rain())]
        np.testing.assert_array_equal(np.concatenate(got, axis=1), np.maximum(FIELD - 1, 0))
        np.testing.assert_array_equal(buffer, FIELD[:, 6:] - 1)


def test_no_block_is_held_while_the_next_one_is_made():
    """Slices, the block that is put together from them and the mask; no further block."""
    frames, each, times = 48, 12, np.datetime64("2021-06-01", "ns") + np.arange(48) * np.timedelta64(1, "h")
    size = 2 * each * 64 * 64 * 4
    check = Expected("mine", 2, 8, times, np.ones((frames, 8, 8), bool), "tile 4 of s")

    def slices():
        for start in range(0, frames, 5):
            stop = min(start + 5, frames)
            yield part(
                0, stop - start, np.ones((2, stop - start, 64, 64), np.float32), times=times[start:stop]
            )

    tracemalloc.start()
    try:
        for _, block in check.blocks(slices(), 0, each, Rain()):
            assert block.nbytes == size
            del block
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * size


def test_frames_before_the_first_wanted_one_are_dropped():
    """A method may yield the whole of a window that the start lies in."""
    got = blocks(part(0, 4), part(4, 7), first=2)
    assert [at for at, _ in got] == [2, 5]
    np.testing.assert_array_equal(np.concatenate([block for _, block in got], axis=1), FIELD[:, 2:])


def test_nothing_is_asked_for_after_the_last_frame():
    def endless():
        yield part(0, 7)
        raise AssertionError("asked for more")

    assert len(list(expected().blocks(endless(), 0, 7, Rain()))) == 1


def test_a_slice_may_go_on_into_the_context_behind_the_last_wanted_frame():
    check = Expected("mine", 2, 8, TIMES[:5], np.ones((5, 2, 3), bool), "tile 4 of s")
    got = blocks(part(0, 3), part(3, 7), check=check, at_once=5)
    np.testing.assert_array_equal(got[0][1], FIELD[:, :5])


def test_the_order_of_dims_does_not_matter():
    turned = part(0, 7).transpose("time", "y", "x", "member")
    np.testing.assert_array_equal(blocks(turned, at_once=7)[0][1], FIELD)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([part(0, 7).isel(member=0, drop=True)], "yielded dims"),
        ([part(0, 7).rename(y="lat")], "yielded dims"),
        ([part(0, 7).isel(member=[0])], "yielded 1 members, 2 were asked for"),
        ([part(0, 7).astype(str)], "yielded values of the type <U32"),
        ([part(0, 7).astype(complex)], "yielded values of the type complex128"),
        ([part(0, 7).drop_vars("time")], "without times"),
        ([part(0, 3), part(4, 7)], "out of order: 2021-06-01T04.* where 2021-06-01T03"),
        ([part(0, 3), part(2, 7, times=TIMES + np.timedelta64(30, "m"))], "out of order"),
        ([part(0, 7).isel(time=slice(None, None, -1))], "out of order"),
        ([part(0, 5)], "stopped after 5 of 7 frames"),
        ([], "stopped after 0 of 7 frames"),
        ([part(0, 7).isel(x=slice(8))], "16x8 cells where 16x24 were due"),
        (
            [part(0, 7, dims=("member", "time", "x", "y"))],
            "24x16 .* 16x24 .*\n.*rows and columns are swapped",
        ),
        ([part(0, 7).assign_coords(time=np.arange(7))], "yielded times of the type int64"),
        ([part(0, 7).assign_coords(time=TIMES.astype(str))], "yielded times of the type <U"),
    ],
)
def test_a_broken_contract_is_named_with_the_method(parts, message):
    with pytest.raises(RunFailed, match=message) as caught:
        blocks(*parts)
    assert "mine" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "given",
    [
        part(0, 7, FIELD[:1]),
        part(0, 7, FIELD[..., :8]),
        part(0, 7, np.full_like(FIELD, np.nan)),
        part(0, 5),
        part(0, 7).drop_vars("time"),
    ],
    ids=["members", "size", "missing", "short", "times"],
)
def test_a_broken_contract_is_named_with_the_authors_line(given):
    with pytest.raises(RunFailed, match=r"\(mine\.py:16\)\n"):
        blocks(given, check=replace(expected(), at="mine.py:16"))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_missing_where_the_input_is_valid_is_named_with_its_cell(value):
    field = FIELD.copy()
    field[1, 4, 9, 17] = value
    with pytest.raises(RunFailed, match=r"1 missing or infinite .*2021-06-01T04.*cell \(9, 17\) of tile 4"):
        blocks(part(0, 7, field))


def test_cells_without_input_are_blanked_whatever_the_method_put_there():
    valid = np.ones((7, 2, 3), bool)
    valid[3, 1, 2] = False
    field = FIELD.copy()
    field[0, 3, 8:, 16:], field[1, 3, 8:, 16:] = np.nan, -9
    rain = Rain()
    whole = np.concatenate(
        [b for _, b in blocks(part(0, 7, field), check=expected(valid), rain=rain)], axis=1
    )
    fine = valid.repeat(8, 1).repeat(8, 2)
    assert np.isnan(whole[:, ~fine]).all()
    np.testing.assert_array_equal(whole[:, fine], FIELD[:, fine])
    assert rain.summary() == {"negative_fraction": 0.0, "minimum": 0.0}
    assert rain.cells == 2 * fine.sum()


def test_negative_rain_is_measured_before_it_is_clipped():
    field = FIELD.copy()
    field[0, 0, :2, :8], field[1, 6, 0, 0] = -0.25, -2
    rain = Rain()
    whole = np.concatenate([block for _, block in blocks(part(0, 7, field), rain=rain)], axis=1)
    assert whole.min() == 0
    assert rain.summary() == {"negative_fraction": 17 / FIELD.size, "minimum": -2.0}


def test_without_any_valid_cell_there_is_no_share():
    rain = Rain()
    [(_, block)] = expected(np.zeros((7, 2, 3), bool)).blocks(iter([part(0, 7)]), 0, 7, rain)
    assert np.isnan(block).all()
    assert rain.cells == 0
    assert rain.summary() == {"negative_fraction": 0.0, "minimum": 0.0}


class Mine(Method):
    """Returns what it was made with."""

    answer = None

    def sample(self, coarse, static, members, context):
        return self.answer(coarse) if callable(self.answer) else self.answer


def slices(answer):
    method = Mine()
    method.answer = answer
    coarse = xr.Dataset(
        {"precipitation": (("time", "y", "x"), np.ones((7, 2, 3), np.float32))}, {"time": TIMES}
    )
    return list(slices_of(method, "mine", coarse, xr.Dataset(), 2, SampleContext(seed=0)))


def raises_half_way(coarse):
    yield part(0, 3)
    raise ValueError("half-way")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, r"sample\(\) returned None \(.*test_contract_check\.py:\d+\)"),
        (3.0, r"sample\(\) returned a builtins\.float"),
        (FIELD, r"sample\(\) returned a numpy\.ndarray"),
        (part(0, 7), r"sample\(\) returned a xarray\.core\.dataarray\.DataArray"),
        ([FIELD], r"sample\(\) yielded a numpy\.ndarray"),
        (iter([None]), r"sample\(\) yielded None"),
        (
            raises_half_way,
            r"failed: ValueError: half-way \(.*test_contract_check\.py:\d+ in raises_half_way\)",
        ),
        ([part(0, 7).assign_attrs(units="kg m-2 s-1")], r"yielded rain in 'kg m-2 s-1'"),
        ([part(0, 7).assign_attrs(units="mm/day")], r"yielded rain in 'mm/day'"),
        ([part(0, 7).assign_attrs(unit="mm/24h")], r"yielded rain in 'mm/24h'"),
        ([part(0, 7).assign_attrs(units="fathoms")], r"yielded rain in 'fathoms'"),
    ],
)
def test_what_a_method_must_not_hand_over_is_named_with_its_line(answer, message):
    with pytest.raises(RunFailed, match=f"method 'mine'.*{message}"):
        slices(answer)


@pytest.mark.parametrize("units", ["mm/h", "mm h-1", "mm hr-1", "mm/1h", "mmh-1", "mm h\u22121", "[mm/h]"])
def test_a_list_of_slices_in_mm_per_hour_will_do(units):
    [got] = slices([part(0, 7).assign_attrs(units=units)])
    np.testing.assert_array_equal(got, FIELD)
