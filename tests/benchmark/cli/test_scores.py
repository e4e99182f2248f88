"""The table of scores after a command."""

from __future__ import annotations

from downbench.cli.scores import print_scores


def test_the_heading_says_what_scores_rest_on_and_how_they_are_read(capsys):
    why = "8 resampling blocks, fewer than 20"
    row = {"metric": "crps", "component": "", "region": "all", "season": "all", "unit": "mm/h"}
    score = {**row, "value": 0.25, "n": 60, "reason_interval": why}
    outcome = {"name": "mine", "seed": 0, "label": "files (rain)", "relation": "perfect model"}
    print_scores([{**outcome, "status": "finished", "scores": [score]}])
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0] == f"files (rain): perfect model; 60 time steps; no intervals: {why}"
    assert lines[-1] == "`bench show METRIC` says what a score means, and which way is better."


def test_what_to_know_of_the_data_stands_below_the_heading(capsys):
    row = {"metric": "crps", "component": "", "region": "all", "season": "all", "unit": "mm/h"}
    score = {**row, "value": 0.25, "n": 60, "reason_interval": None}
    outcome = {"name": "mine", "seed": 0, "label": "files (rain)", "relation": "perfect model"}
    notes = ["same event", "times end their intervals, as assumed (--set files.stamp=middle says otherwise)"]
    print_scores([{**outcome, "status": "finished", "notes": notes, "scores": [score]}])
    text = capsys.readouterr().out
    assert f"({'; '.join(notes)})" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_scores_without_any_value_are_named_below_the_table_and_have_no_row(capsys):
    row = {"region": "all", "season": "all", "unit": "1", "n": 60, "reason_interval": None}
    values = {"crps": (0.25, 0.5), "bias": (None, 0.125), "qq": (None, None), "emd": (None, None)}
    outcomes = [
        {
            "name": name,
            "seed": 0,
            "label": "files (rain)",
            "relation": "perfect model",
            "status": "finished",
            "scores": [{**row, "metric": m, "component": "", "value": v[i]} for m, v in values.items()],
        }
        for i, name in enumerate(("mine", "yours"))
    ]
    print_scores(outcomes)
    text = capsys.readouterr().out
    rows = [line.split() for line in text.splitlines() if line.startswith(tuple(values))]
    assert rows == [["crps", "[1]", "0.25", "0.5"], ["bias", "[1]", "-", "0.125"]]
    assert "Without a value here (--json says why of each): qq, emd." in text


def test_nothing_is_printed_where_nothing_was_scored(capsys):
    print_scores([{"method": "mine", "status": "failed", "scores": []}])
    assert capsys.readouterr().out == ""
