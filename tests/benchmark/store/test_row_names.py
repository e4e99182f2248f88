"""What rows of a table are called."""

from types import SimpleNamespace

import pytest

from downbench.store.row_names import OTHER_SETTINGS, row_names, seeds_apart, what_differs


def run(name="net", preset="tiny", members=8, version="1", **configuration):
    method = SimpleNamespace(
        name=name, preset=preset, configuration={"steps": 4, **configuration}, version=version, weights=None,
        distribution="downbench", training="pairs", finishing={}, probabilistic=True,
    )  # fmt: skip
    dataset = SimpleNamespace(factor=8, relation={})
    return SimpleNamespace(method=method, members=members, track=None, budget=None, dataset=dataset)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([(run(), ()), (run("other", steps=9), ())], ["net", "other"]),
        ([(run(), ()), (run(steps=9), ())], ["net (steps=4)", "net (steps=9)"]),
        ([(run(), ()), (run(steps=9), ("reference",))], ["net (steps=4)", "net (steps=9)"]),
        ([(run(), ()), (run(), ("reference",))], ["net", "net"]),
        ([(run(), ("seed 0",)), (run(), ("seed 1",))], ["net", "net"]),
        ([(run(), ()), (run(preset="paper", steps=9), ())], ["net (tiny)", "net (paper)"]),
        ([(run(), ()), (run(flow=False, version="2"), ())], ["net (1)", "net (2)"]),
        ([(run(), ()), (run(flow=False), ())], ["net", "net (flow=false)"]),
        ([(run(), ()), (run(version="2"), ())], ["net (1)", "net (2)"]),
        ([(run(), ()), (run(members=2), ())], ["net (8 members)", "net (2 members)"]),
        ([(run(on=True), ()), (run(on=False), ())], ["net (on=true)", "net (on=false)"]),
        ([(run(), ("reference",)), (run(steps=9), (OTHER_SETTINGS,))], ["net", "net (steps=9)"]),
        (
            [(run(), ()), (run(steps=6), ()), (run(steps=9), (OTHER_SETTINGS,))],
            ["net (steps=4)", "net (steps=6)", "net (steps=9)"],
        ),
        (
            [(run(), ()), (run(steps=9), ()), (run(steps=9, version="2"), ())],
            ["net (steps=4)", "net (steps=9 · 1)", "net (steps=9 · 2)"],
        ),
    ],
)
def test_a_row_says_what_differs_and_no_more(rows, names):
    """What stands beside the name is not said again, and a parameter that one side lacks is off there."""
    assert row_names(rows) == names


def test_as_few_words_as_there_need_be():
    rows = [("a", "x", "1"), ("a", "y", "1"), ("b", "y", "2")]
    assert [what_differs(row, rows) for row in rows] == [("a", "x"), ("a", "y"), ("b",)]
    assert what_differs(rows[0], rows, said=range(1)) == ("x",)
    assert what_differs(rows[0], rows[:1]) == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("net", [3], True), ("net", [0], False)], [", seed 3", ""]),
        ([("net", [3, 4, 5], True), ("net", [0], False)], [", seeds 3, 4 and 5", ""]),
        ([("net", [3], True), ("other", [0], False)], ["", ""]),
        ([("net", [0], True), ("net", [0], False)], ["", ""]),
        ([("net", [], True), ("net", [0], False)], ["", ""]),
        ([("net", [3], False), ("net", [0], False)], ["", ""]),
        ([("net", [3], True), ("net", [4], True)], [", seed 3", ", seed 4"]),
    ],
)
def test_one_s_own_row_says_its_seeds_where_another_has_its_name(rows, words):
    assert seeds_apart(*zip(*rows, strict=True)) == words


def test_what_a_record_leaves_out_is_the_default():
    """A parameter that came later stands in a record only where it has another value."""
    former, present = (run("ofdiff", **kept) for kept in ({}, {"relative_to": "interpolation"}))
    assert row_names([(present, ()), (former, ())]) == ["ofdiff", "ofdiff (relative_to=prediction)"]
    older = run("ofdiff", version="0", mean_share=0.36)
    assert row_names([(present, ()), (older, (OTHER_SETTINGS,))]) == [
        "ofdiff",
        "ofdiff (relative_to=prediction)",
    ]


def test_what_a_preset_gives_today_goes_without_saying():
    """A row names what it has otherwise; what differs is named by one of any two rows at least."""
    usual = {"relative_to": "interpolation", "mean_share": 0.0}
    short = run("ofdiff", train_steps=110, **usual)
    former = run("ofdiff", train_steps=120, mean_share=0.0)
    assert row_names([(short, ()), (former, ())]) == [
        "ofdiff (train_steps=110)",
        "ofdiff (train_steps=120, relative_to=prediction)",
    ]
    now = run("ofdiff", **usual, train_steps=900)
    assert row_names([(now, ()), (short, ())]) == ["ofdiff", "ofdiff (train_steps=110)"]
    nobody_s = [run("nobody-s", train_steps=steps) for steps in (900, 110)]
    assert row_names([(one, ()) for one in nobody_s]) == [
        "nobody-s (train_steps=900)",
        "nobody-s (train_steps=110)",
    ]
