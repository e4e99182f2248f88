"""Drawings by their properties: colours, axes, what is drawn, and that nothing global changes."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib import colors
from python_runs import rain

from downbench import UserError, plot
from downbench.plot.curves import names_of, several
from downbench.plot.maps import LEVELS, rain_colours
from downbench.plot.style import COLOURS, drawing, line_of


@pytest.fixture(autouse=True)
def nothing_global():
    """Neither settings nor figures of pyplot change."""
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before
    pyplot = __import__("sys").modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_spectra_have_the_truth_once_in_black_and_each_method_in_its_colour(made):
    [axes] = plot.spectra(made.runs).axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines) == ["truth", "noisy", "nearest"]
    assert lines["truth"].get_color() == "black"
    assert lines["noisy"].get_color() != lines["nearest"].get_color()
    curve = made.runs["noisy"].curves["psd"]
    np.testing.assert_array_equal(lines["noisy"].get_ydata(), curve["ensemble"])
    np.testing.assert_array_equal(lines["truth"].get_xdata(), curve.index)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert "wavenumber" in axes.get_xlabel()
    assert "(mm/h)2" in axes.get_ylabel()


def test_intensity_goes_from_frequent_to_rare(made):
    [axes] = plot.intensity(made.runs["noisy"]).axes
    left, right = axes.get_xlim()
    assert left > right
    assert "mm/h" in axes.get_ylabel()


def test_a_rank_histogram_has_a_bar_a_rank_and_the_level_of_a_calibrated_ensemble(made):
    [axes] = plot.rank_histogram(made.runs["noisy"].directory).axes
    heights = [bar.get_height() for bar in axes.patches]
    assert len(heights) == 5  # four members
    assert sum(heights) == pytest.approx(1)
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), 0.2)


def test_reliability_has_the_diagonal_and_a_line_a_threshold(made):
    [axes] = plot.reliability([made.runs["noisy"]]).axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_array_equal(*lines.pop("calibrated").get_data())
    series = set(made.runs["noisy"].curves["reliability"].columns) - {"calibrated"}
    assert set(lines) == series


def test_maps_share_one_scale_and_mark_what_is_missing(made):
    figure = plot.maps(made.runs["noisy"], time=1, members=2)
    *panels, bar = figure.axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        "coarse",
        "truth",
        "noisy, member 1",
        "noisy, member 2",
    ]
    images = [panel.get_images()[0] for panel in panels]
    assert len({id(image.norm) for image in images}) == 1
    truth = made.runs["noisy"].examples["truth"]
    np.testing.assert_array_equal(images[1].get_array().filled(np.nan), truth[1])
    corner = images[1].to_rgba(images[1].get_array())[0, 0]
    assert colors.to_hex(corner) == "#d9d9d9"
    assert bar.get_ylabel() == "rain [mm/h]"
    assert str(truth["time"].to_numpy()[1])[:10] in figure.get_suptitle()


def test_maps_have_one_order_whatever_that_of_the_variables(made):
    examples = made.runs["noisy"].examples
    for names in (["members", "truth", "coarse"], ["truth", "coarse", "members"]):
        *panels, _bar = plot.maps(examples[names], members=1).axes
        assert [panel.get_title(loc="left") for panel in panels] == ["coarse", "truth", "rain, member 1"]


def test_maps_take_arrays():
    assert len(plot.maps(rain()).axes) == 2
    members = rain().expand_dims(member=3)
    assert len(plot.maps(members, members=3).axes) == 4
    with pytest.raises(UserError, match="no moment 99"):
        plot.maps(rain(), time=99)
    with pytest.raises(UserError, match="nothing to draw"):
        plot.maps(xr.Dataset())


def test_rain_gets_darker_with_its_class_and_dry_is_white():
    colours, norm = rain_colours()
    shades = [colours(norm(level * 1.01))[:3] for level in LEVELS]
    lightness = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in shades]
    assert (np.diff(lightness) < 0).all()
    assert colours(norm(0.0))[:3] == (1, 1, 1)


def test_colours_can_be_told_apart_from_the_truth_and_from_each_other():
    styles = [line_of(number) for number in range(4 * len(COLOURS))]
    assert len({(style["color"], style["linestyle"]) for style in styles}) == len(styles)
    assert all(max(colors.to_rgb(colour)) > 0.4 for colour in COLOURS)


def test_a_notebook_shows_it(made):
    picture = plot.curves(made.runs, "psd", "Mine")._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert drawing(1, 1).get_figwidth() == 1


def test_what_is_not_there_is_named(made):
    with pytest.raises(UserError, match="has no curve of 'ranks'"):
        plot.rank_histogram(made.runs["nearest"])
    with pytest.raises(UserError, match="no run"):
        plot.spectra([])
    noisy = made.runs["noisy"]
    assert names_of(several([noisy, noisy])) == ["noisy, seed 0", "noisy, seed 0"]
