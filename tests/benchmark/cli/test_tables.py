"""Tables of text: what fits, what is turned, what is cut."""

from __future__ import annotations

import re

from downbench.cli.tables import cut, score_table, table

SCORES = {f"metric-{i} p99.9 [mm/h]": [0.123456 * i, None] for i in range(12)}


def test_a_text_is_cut_to_its_width() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abc defgh", 7) == "abc..."


def test_columns_are_as_wide_as_their_cells_and_heads_break_at_spaces() -> None:
    lines = table(["", "quantiles p99.9 [mm/h]"], [["a", "1"], ["long-name", "22.5"]])
    assert lines == [
        "           quantiles",
        "               p99.9",
        "              [mm/h]",
        "a                  1",
        "long-name       22.5",
    ]


def test_a_name_too_wide_goes_on_below_its_numbers_and_no_word_of_it_is_broken() -> None:
    rows = [
        ["> mine (rate=0.1), reference, older version", "0.1"],
        ["  " + "long-" * 10, "0.2"],
        ["  short", "0.3"],
    ]
    assert table(["", "crps"], rows, 40) == [
        "                                                      crps",
        "> mine (rate=0.1), reference,                          0.1",
        "    older version",
        "  long-long-long-long-long-long-long-long-long-long-   0.2",
        "  short                                                0.3",
    ]
    assert table(["", "crps"], rows, 80) == table(["", "crps"], rows)
    del rows[1]
    assert max(map(len, table(["", "crps"], rows, 40))) <= 40


def test_scores_have_a_line_a_metric_where_the_methods_fit() -> None:
    lines = score_table(["a", "b"], SCORES, 80)
    assert len(lines) == 1 + len(SCORES)
    assert lines[2].split()[-2:] == ["0.123", "-"]


def test_scores_of_many_methods_are_turned_and_every_value_is_there() -> None:
    methods = [f"method-number-{i}" for i in range(8)]
    scores = {f"metric-{m}": [100.0 * m + i for i in range(8)] for m in range(9)}
    lines = score_table(methods, scores, 80)
    assert max(map(len, lines)) <= 80
    shown = re.findall(r"\b\d+\b(?!-)", " ".join(line.partition("  ")[2] for line in lines if "  " in line))
    assert {float(value) for values in scores.values() for value in values} <= set(map(float, shown))


def test_scores_of_very_many_methods_are_cut_and_say_so() -> None:
    methods = [f"method-number-{i}" for i in range(40)]
    scores = {f"metric-{m}": [1.0] * 40 for m in range(30)}
    lines = score_table(methods, scores, 80)
    assert lines[-1].startswith("The first of 30 metrics are shown. ")
    assert sum(line.startswith("method-number-") for line in lines) == 40
    assert max(len(line) for line in lines[:-1]) <= 80
