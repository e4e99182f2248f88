"""Badges say which methods cannot be told apart."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from downbench import Standing, Standings, UserError
from downbench.scoring.inference.paired import Difference
from downbench_leaderboard.boards import standing
from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.boards.draws import classes_payload, tally_of
from downbench_leaderboard.boards.finding import Finding, find_answers, reference_row, tally_text
from downbench_leaderboard.boards.standing import best_rows, classes_of
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run

PLACES = {
    ("crps", ""): {
        0: Standing(0, 0, None),
        1: Standing(0, 0, Difference(0.001, -0.002, 0.004)),
        2: Standing(1, 2, Difference(0.02, 0.01, 0.03)),
    },
    ("quantiles", "p99"): {0: Standing(0, 0, None)},
}
BLOCKS = 24
WEATHER = np.random.default_rng(0).normal(size=400)
NOISE = np.random.default_rng(1).normal(size=(3, 400))
DRAWN = {("crps", ""): dict(enumerate(0.05 + 0.01 * WEATHER + 0.001 * NOISE))}


def board_of(*runs):
    entries = [Entry(read_run(run), f"runs/{i}.html", f"p{i}", Path(f"run{i}")) for i, run in enumerate(runs)]
    (board,) = build_boards(entries)
    return board


@pytest.fixture
def board(make):
    return board_of(*(make.run(name) for name in ("ofdiff", "mean-noise", "bicubic")))


@pytest.fixture
def stand(monkeypatch):
    """Say where rows stand; what was asked for comes in the list."""
    asked = []

    def call(places=PLACES, drawn=DRAWN, own_parts=None):
        own_parts = own_parts or {}

        def find(rows, parts):
            asked.append(rows)
            return Standings(places, drawn, BLOCKS, 1, own_parts)

        monkeypatch.setattr(standing, "find_standings", find)
        return asked

    return call


def test_letters_and_differences_of_headline_columns(board, stand):
    asked = stand()
    classes = classes_of(board)
    assert asked == [[[Path("run0")], [Path("run1")], [Path("run2")]]]  # the rows, in their order
    crps = [c.id for c in board.columns].index("crps")
    assert set(classes.letters) == {crps}
    assert classes.letters[crps] == ["A", "A", "B"]
    assert classes.leaders[crps] == [0, 0, 2]
    assert classes.behind[crps][2] == (0.02, 0.01, 0.03)
    assert classes.best[crps] == 0


def test_the_page_can_work_out_the_interval_of_any_pair(board, stand):
    """From bytes: what all rows share of the weather is taken out first, so that little is lost."""
    stand()
    draws = classes_payload(board, classes_of(board))["draws"]["all|all"]
    own = np.frombuffer(b64decode(draws["values"]), "<i2").reshape(1, 3, draws["resamples"]).astype(float)
    own *= np.frombuffer(b64decode(draws["scales"]), "<f4").reshape(1, 3, 1)
    drawn = DRAWN["crps", ""]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (own[0, a] - own[0, b]).std() == pytest.approx((drawn[a] - drawn[b]).std(), rel=0.02)
        centres = np.frombuffer(b64decode(draws["centres"]), "<f4").reshape(1, 3)
        assert centres[0, a] - centres[0, b] == pytest.approx((drawn[a] - drawn[b]).mean(), rel=1e-3)
    assert draws["reaches"] == pytest.approx([Standings(blocks=BLOCKS).reach(n) for n in (1, 2)], rel=1e-4)


def test_what_is_exact_but_for_rounding_is_in_the_first_class(make, stand):
    runs = [make.run(name) for name in ("ofdiff", "mean-noise", "bicubic")]
    for run, value in zip(runs, (5e-11, 3e-10, 0.1), strict=True):
        next(s for s in run["scores"] if s["metric"] == "lag1" and s["season"] == "all")["value"] = value
    apart = {
        0: Standing(0, 0, None),
        1: Standing(1, 1, Difference(2e-10)),
        2: Standing(2, 2, Difference(0.1)),
    }
    stand({("lag1", ""): apart}, {})
    board = board_of(*runs)
    letters = classes_of(board).letters[[c.id for c in board.columns].index("lag1")]
    assert letters == ["A", "A", "C"]


def test_runs_without_intervals_have_no_letters(board, monkeypatch):
    def refuse(rows, parts):
        raise UserError("other frames")

    monkeypatch.setattr(standing, "find_standings", refuse)
    assert classes_of(board).letters == {}
    assert classes_payload(board, classes_of(board))["draws"] == {}


def test_a_run_without_a_directory_leaves_the_board_without_letters(make, stand):
    asked = stand()
    (board,) = build_boards([Entry(read_run(make.run("ofdiff")), "runs/0.html", "place")])
    assert classes_of(board).letters == {}
    assert asked == []


def test_a_score_without_a_fair_form_is_marked_at_another_number_of_members(make, stand):
    stand({}, {})
    ensemble, deterministic = make.run("ofdiff"), make.run("nearest")
    for run in (ensemble, deterministic):
        run["metrics"]["crps"]["fair"] = False
    deterministic["method"]["probabilistic"] = False
    board = board_of(ensemble, deterministic)
    (letters,) = classes_of(board).letters.values()
    assert dict(zip([row.name for row in board.rows], letters, strict=True)) == {
        "ofdiff": "",
        "nearest": "\u2260",
    }


def test_the_sentence_says_who_leads_and_by_how_much(board, stand):
    stand()
    first, *others = find_answers(board, classes_of(board))
    assert first.names == ["ofdiff", "mean-noise"]
    assert first.text == (
        "ofdiff and mean-noise lead CRPS and share its first class; the error is 34 % below that of bicubic."
    )
    assert [answer.question for answer in others] == ["Best extremes", "Best texture", "Best for its cost"]
    assert board.rows[reference_row(board)].name == "bicubic"


def test_an_error_is_not_held_against_a_method_that_is_not_compared(make, stand):
    """Bicubic has one member, and a score without a fair form depends on their number."""
    stand({}, {})
    runs = [make.run("ofdiff"), make.run("mean-noise"), make.run("bicubic")]
    for run in runs:
        run["metrics"]["crps"]["fair"] = False
    board = board_of(*runs)
    assert board.rows[reference_row(board)].name == "bicubic"
    assert find_answers(board, classes_of(board))[0].text == "ofdiff has the best CRPS, which may be chance."


def test_without_classes_nobody_is_said_to_be_told_apart(board, stand):
    stand({}, {})
    answers = find_answers(board, classes_of(board))
    assert (
        answers[0].text
        == "ofdiff has the best CRPS, which may be chance; the error is 34 % below that of bicubic."
    )
    assert answers[-1].names == ["ofdiff"]
    assert "told apart" not in " ".join(answer.text for answer in answers)


@pytest.mark.parametrize(
    ("places", "why"),
    [({}, "too short to say"), ({("crps", ""): PLACES["crps", ""]}, "scored without the resampled values")],
)
def test_why_nothing_is_claimed_of_one_s_own_run_is_true(make, stand, places, why):
    """Where others have intervals it is not the record that is short, but the run that lacks them."""
    stand(places, {})
    entries = [
        Entry(read_run(make.run(name)), f"runs/{name}.html", name, Path(name), marks=marks)
        for name, marks in (("ofdiff", ()), ("mean-noise", ("reference",)), ("bicubic", ("reference",)))
    ]
    (board,) = build_boards(entries)
    (yours,) = (a for a in find_answers(board, classes_of(board)) if a.question == "Yours")
    assert why in yours.text


OTHERWISE = "not today's preset"


def board_with_former(make, mark=OTHERWISE, rest=("ofdiff",)):
    """What ofdiff was once, with the lowest CRPS, beside bicubic and others."""
    once = make.run("ofdiff", method__configuration={"steps": 4})
    for score in once["scores"]:
        if score["metric"] == "crps":
            score["value"] = 0.03
    runs = [(make.run(name), ()) for name in (*rest, "bicubic")] + [(once, (mark,))]
    entries = [
        Entry(read_run(run), f"runs/{i}.html", f"p{i}", Path(f"run{i}"), marks=("reference", *marks))
        for i, (run, marks) in enumerate(runs)
    ]
    (board,) = build_boards(entries)
    return board


@pytest.mark.parametrize("mark", [OTHERWISE, "older version"])
def test_what_a_method_was_once_is_no_answer_but_is_named_where_it_is_better(make, stand, mark):
    stand({}, {})
    board = board_with_former(make, mark)
    assert board.former == {0}
    first, *others = find_answers(board, classes_of(board))
    once, today = board.names[:2]
    assert first.names == [today]
    assert first.text == (
        f"{today} has the best CRPS, which may be chance; the error is 34 % below that of bicubic. "
        f"Not counted here, and better still: {once}, marked \u201c{mark}\u201d."
    )
    assert once not in [name for answer in others for name in answer.names]


ABLATION = ["network", "diffusion", "ablation"]


def board_with_ablation(make, *rest):
    """ofdiff without its flow, with the lowest CRPS, beside others."""
    ablation = make.run("ofdiff-no-flow", method__tags=ABLATION)
    for score in ablation["scores"]:
        if score["metric"] == "crps":
            score["value"] = 0.03
    return board_of(ablation, *(make.run(name) for name in rest))


def test_an_ablation_is_no_answer_but_is_named_where_it_is_better(make, stand):
    stand({}, {})
    board = board_with_ablation(make, "ofdiff", "bicubic")
    assert board.names == ["ofdiff-no-flow", "ofdiff", "bicubic"]
    assert (board.ablations, board.former) == ({0}, frozenset())
    first, *others = find_answers(board, classes_of(board))
    assert first.names == ["ofdiff"]
    assert first.text == (
        "ofdiff has the best CRPS, which may be chance; the error is 34 % below that of bicubic. "
        "Not counted here, and better still: ofdiff-no-flow, an ablation of ofdiff."
    )
    assert "ofdiff-no-flow" not in [name for answer in others for name in answer.names]


def test_an_ablation_of_a_method_that_is_not_there_is_an_answer(make, stand):
    stand({}, {})
    board = board_with_ablation(make, "bicubic")
    assert board.ablations == frozenset()
    assert find_answers(board, classes_of(board))[0].names == ["ofdiff-no-flow"]


def test_a_method_whose_name_goes_on_from_another_s_is_no_ablation_of_it(make, stand):
    stand({}, {})
    board = board_of(make.run("ofdiff-fast"), make.run("ofdiff"), make.run("bicubic"))
    assert board.ablations == frozenset()


def test_a_class_that_is_shared_with_an_ablation_is_said_to_be(make, stand):
    """Rows are the ablation, ofdiff, and bicubic."""
    stand()
    board = board_with_ablation(make, "ofdiff", "bicubic")
    assert find_answers(board, classes_of(board))[0].text == (
        "ofdiff leads CRPS and can be told from all others but ofdiff-no-flow; "
        "the error is 34 % below that of bicubic. "
        "Not counted here, and better still: ofdiff-no-flow, an ablation of ofdiff."
    )


def test_an_older_version_beside_which_there_is_no_newer_one_is_an_answer(make, stand):
    stand({}, {})
    board = board_with_former(make, "older version", rest=())
    assert board.former == frozenset()
    assert find_answers(board, classes_of(board))[0].names == ["ofdiff"]


def test_a_class_that_is_shared_with_what_a_method_was_once_is_said_to_be(make, stand):
    """Rows are what ofdiff was, ofdiff, and bicubic."""
    stand()
    board = board_with_former(make)
    first = find_answers(board, classes_of(board))[0]
    assert first.text == (
        f"{board.names[1]} leads CRPS and can be told from all others but {board.names[0]}; "
        "the error is 34 % below that of bicubic. "
        f"Not counted here, and better still: {board.names[0]}, marked \u201c{OTHERWISE}\u201d."
    )


def test_a_board_that_orders_nothing_says_nothing(make, stand):
    stand({}, {})
    board = board_of(make.run("ofdiff", scores=[]))
    assert find_answers(board, classes_of(board)) == []


def test_where_nobody_can_be_told_apart_nobody_is_said_to_lead(board, stand):
    alike = {0: Standing(0, 0, None), 1: Standing(0, 0, Difference(0.1)), 2: Standing(0, 0, Difference(0.2))}
    stand({("crps", ""): alike}, {})
    first = find_answers(board, classes_of(board))[0]
    assert (first.names, first.text) == ([], "no method can be told from another in CRPS.")


def test_of_many_that_share_a_first_class_none_is_named(make, stand):
    names = [f"method-{i}" for i in range(9)]
    board = board_of(*(make.run("ofdiff", method__name=name) for name in names), make.run("bicubic"))
    places = {i: Standing(int(i == 9), 0, Difference(0.1 * i) if i else None) for i in range(10)}
    stand({("crps", ""): places}, {})
    first = find_answers(board, classes_of(board))[0]
    assert (first.names, first.text) == ([], "9 methods share the first class of CRPS.")


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ((0, 0, 1), {0, 1}),
        ((0, 0, 0), set()),  # tells nothing
        ((0, 1, 0), {0}),  # the last is of the first class by chance, and the second has a lower value
    ],
)
def test_what_is_marked_as_best_is_no_worse_than_what_is_not(board, stand, ranks, expected):
    places = {i: Standing(rank, 0, Difference(0.1) if i else None) for i, rank in enumerate(ranks)}
    stand({("crps", ""): places}, {})
    assert best_rows(board, classes_of(board), board.columns.index(board.first)) == expected


def test_best_for_extremes_goes_by_a_metric_that_tells_methods_apart(board, stand):
    alike = {row: Standing(0, 0, Difference(0.1) if row else None) for row in range(3)}
    stand({("emd", ""): alike, ("quantiles", "p99.99"): PLACES["crps", ""]}, {})
    classes = classes_of(board)
    assert [a.names for a in find_answers(board, classes) if a.question == "Best extremes"] == [
        [board.rows[0].name, board.rows[1].name]
    ]


def test_a_row_is_better_than_those_whose_adjusted_difference_says_so(make, stand):
    """Row 2 lies 20 standard deviations behind; rows 0 and 1 differ by half of one."""
    values = {0: 0.05, 1: 0.0507, 2: 0.08}
    drawn = {row: value + 0.01 * WEATHER + 0.001 * NOISE[row] for row, value in values.items()}
    stand(drawn={("crps", ""): drawn})
    runs = [make.run(name) for name in ("ofdiff", "mean-noise", "bicubic")]
    for run, value in zip(runs, values.values(), strict=True):
        next(s for s in run["scores"] if s["metric"] == "crps" and s["season"] == "all")["value"] = value
    board = board_of(*runs)
    classes = classes_of(board)
    tallies = [tally_of(board, classes, row) for row in range(3)]
    assert [(t.better, t.worse, t.equal) for t in tallies] == [(1, 0, [1]), (1, 0, [0]), (0, 2, [])]
    assert "better in CRPS than 1 of 2, worse than 0" in tally_text(board, classes, 0)
    assert "adjusted for 2 comparisons" in tally_text(board, classes, 0)
    assert "cannot be told apart from mean-noise" in tally_text(board, classes, 0)


def test_a_row_is_held_against_what_methods_are_today(make, stand):
    """As ranks are: what ofdiff was once is number 0 here, and neither counts nor is named."""
    board = board_with_former(make)
    values = dict(enumerate(board.whole.values[:, board.columns.index(board.first)]))
    drawn = {row: value + 0.01 * WEATHER + 0.001 * NOISE[row] for row, value in values.items()}
    stand(drawn={("crps", ""): drawn})
    classes = classes_of(board)
    assert board.former == {0}
    assert [tally_of(board, classes, row).others for row in (0, 1, 2)] == [2, 1, 1]
    assert board.names[0] not in tally_text(board, classes, 1)


def test_a_list_of_names_ends_in_a_number_only_where_that_is_shorter():
    texts = [Finding("Best", list(names), "lead").names_shown for names in ("a", "ab", "abcde", "abcdef")]
    assert texts == ["a", "a and b", "a, b, c, d and e", "a, b, c, d and 2 more"]
