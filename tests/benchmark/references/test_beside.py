"""Own runs beside references: the same intervals as `bench compare`, classes, and what the words say."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toy_runs import PLUGIN, toy_run

from downbench.cli.beside import MOST_ROWS, lines, of_other_sizes, without_table
from downbench.cli.shipped import list_references
from downbench.cli.shipped_beside import show_references
from downbench.errors import DownbenchWarning
from downbench.findings.compare import compare
from downbench.findings.standings import score_rows
from downbench.findings.stored_run import StoredRun, open_run, open_runs
from downbench.plugins.session import configure
from downbench.references.beside import Row, Table, as_json, tables_of
from downbench.references.building import build_references
from downbench.references.finding import find_reference
from downbench.references.shipped import all_references, unpack
from downbench.store.row_names import OTHER_SETTINGS


@pytest.fixture(autouse=True)
def plugin():
    configure((Path(PLUGIN[1]),))
    yield
    configure()


@pytest.fixture(scope="module")
def table(folder, cache, own) -> Table:
    """Made once, since many resampled values are read for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOWNBENCH_REFERENCES", str(folder))
        patch.setenv("DOWNBENCH_CACHE", str(cache))
        configure((Path(PLUGIN[1]),))
        [table] = tables_of([open_run(own["long"])], all_references())
    return table


def row_of(table: Table, name: str) -> int:
    return [row.name for row in table.rows].index(name)


def test_the_table_holds_own_runs_and_references(table):
    assert {row.name: row.own for row in table.rows} == {
        "bilinear": True,
        "bicubic": False,
        "nearest": False,
        "noisy": False,
    }
    assert [table.rows[i].name for i in table.subjects] == ["bilinear"]
    assert list(table.metrics) == ["crps", "mse"]
    assert table.no_interval == ""


def test_a_run_that_repeats_a_reference_is_one_row_and_says_so(references, campaign):
    """Two seeds of one configuration stay one row, though a reference has but one of them."""
    every = {run.record.method.name: run for run in open_runs(campaign) if run.record.frames.n == 168}
    noisy, bicubic = every["noisy"], every["bicubic"]
    keys = noisy.record.keys.model_copy(update={"sample": "another"})
    seed = replace(noisy, record=noisy.record.model_copy(update={"seed": 7, "keys": keys}))
    [table] = tables_of([noisy, bicubic, seed], references())
    assert [(row.name, row.own, row.marks, len(row.runs)) for row in table.rows] == [
        ("noisy", True, ("repeats a reference",), 2),
        ("bicubic", True, ("repeats a reference",), 1),
        ("nearest", False, ("reference",), 1),
    ]
    assert any(line.startswith("> noisy (2 seeds), repeats a reference") for line in lines(table, 200))
    assert list(table.against(row_of(table, "noisy"), table.metrics["crps"]).differences) == [2]


def test_a_run_of_another_seed_than_the_reference_says_its_seed(references, campaign):
    """In the table, in its head, in what is said of it, and with --json."""
    every = {run.record.method.name: run for run in open_runs(campaign) if run.record.frames.n == 168}

    def with_seed(run, seed):
        keys = run.record.keys.model_copy(update={"sample": f"another {seed}"})
        return replace(run, record=run.record.model_copy(update={"seed": seed, "keys": keys}))

    [table] = tables_of([with_seed(every["noisy"], 3), every["bicubic"]], references())
    named = {"noisy, seed 3": True, "bicubic": True, "nearest": False, "noisy": False}
    assert {row.name: row.own for row in table.rows} == named
    assert [row["name"] for row in as_json(table)["rows"]] == [row.name for row in table.rows]
    text = lines(table, 200)
    assert any(line.startswith("> noisy, seed 3  ") for line in text)
    assert any(line.startswith("noisy, seed 3 in crps: ") for line in text)
    [table] = tables_of([with_seed(every["noisy"], seed) for seed in (3, 4)], references())
    assert any(line.startswith("> noisy, seeds 3 and 4  ") for line in lines(table, 200)), "no count beside"


def test_ensembles_of_another_size_are_left_out_and_it_is_said(folder, cache, own, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(folder))
    run = open_run(own["long"])
    assert of_other_sizes([run], all_references()) == "", "one member stands beside any"
    method = run.record.method.model_copy(update={"probabilistic": True})
    said = {}
    for members in (2, 8):
        record = run.record.model_copy(update={"members": members, "method": method})
        said[members] = of_other_sizes([replace(run, record=record)], all_references())
    assert said[2] == ""
    assert said[8].startswith("References with 2 members are left out")


def test_what_a_command_shows_of_references(folder, cache, own, monkeypatch, capsys):
    """Tables where frames match, a line where they do not, and with --json nothing but what it returns."""
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(folder))
    monkeypatch.setenv("DOWNBENCH_CACHE", str(cache))
    outcomes = {name: [{"status": "finished", "directory": str(path)}] for name, path in own.items()}
    assert show_references(outcomes["long"], json=False) == []
    assert "Beside the references of the same frames" in capsys.readouterr().out
    assert show_references(outcomes["other"], json=False) == []
    assert "There is no reference on the same frames" in capsys.readouterr().out
    [table] = show_references(outcomes["long"], json=True)
    assert capsys.readouterr().out == ""
    assert {row["name"] for row in table["rows"]} >= {"bilinear", "bicubic"}


def test_differences_are_those_of_bench_compare(table, own):
    """To the fifteen bits in which references keep resampled values."""
    metric = table.metrics["crps"]
    found = table.against(0, metric)
    for name in ("bicubic", "nearest", "noisy"):
        other = row_of(table, name)
        [pair] = compare([open_run(own["long"]), table.rows[other].runs[0]], ["crps"])["differences"]
        one = found.differences[other]
        assert one.value == pytest.approx(pair["difference"], rel=1e-12)
        assert (one.low, one.high) == pytest.approx((pair["low"], pair["high"]), rel=1e-3, abs=1e-6)


def test_each_reference_is_better_alike_or_behind(table):
    for metric in table.metrics.values():
        found = table.against(0, metric)
        assert sorted([*found.better, *found.alike, *found.behind]) == table.references
        values = {i: table.value(i, metric) for i in table.scored}
        assert all(values[0] < values[i] for i in found.better)
        assert all(values[0] > values[i] for i in found.behind)


def test_the_words_say_what_the_numbers_do(table):
    text = lines(table, 200)
    found = table.against(0, table.metrics["crps"])
    [sentence] = [line for line in text if line.startswith("bilinear in crps")]
    assert f"better than {len(found.better)} of 3" in sentence
    assert ("behind noisy" in sentence) == (row_of(table, "noisy") in found.behind)
    assert "adjusted for 3 comparisons" in sentence
    assert any(line.startswith("> bilinear") for line in text)
    assert any(line.startswith("  noisy, reference") for line in text)


def test_a_long_table_shows_the_top_the_controls_and_the_neighbours(table):
    own, reference = table.rows[0], table.rows[1]
    rows = [own] + [
        Row(reference.runs, f"m{i}", "control" if i == 20 else "method", ("reference",)) for i in range(40)
    ]
    metric = table.metrics["crps"]
    scored = {0: table.scored[0]}
    for i in range(1, 41):
        values = {"crps": {"": i / 10 if i < 31 else i * 10.0}}
        scored[i] = score_with(table, values)
    scored[0] = score_with(table, {"crps": {"": 1.05}})
    long = Table(table.frames, rows, scored, {"crps": metric})
    names = [line.split(",")[0].strip() for line in lines(long, 100) if ", reference" in line]
    assert names == ["m0", "m1", "m2", "m8", "m9", "m10", "m11", "m20"]
    text = "\n".join(lines(long, 100))
    assert "32 rows are left out here" in text
    said = " ".join(text.split())
    runs = own.runs[0].directory.parents[6]
    assert (
        "of 41: shown are the best 3, the best 3 that are no ablation and have today's preset, controls, "
        "your own, and 2 on each side of your methods."
    ) in said
    assert f"`bench leaderboard {runs}` and --json show all." in said
    assert text.count("...") == 3
    assert len(lines(table, 100)) < MOST_ROWS


def test_a_long_table_shows_methods_to_use_where_ablations_lead(table):
    own, reference = table.rows[0], table.rows[1]
    rows = [own, *(Row([tagged(reference, i)], f"m{i}", "method", ("reference",)) for i in range(40))]
    scored = {i: score_with(table, {"crps": {"": i / 10}}) for i in range(1, 41)}
    scored[0] = score_with(table, {"crps": {"": 9.05}})
    long = Table(table.frames, rows, scored, {"crps": table.metrics["crps"]})
    text = lines(long, 100)
    names = [line.split(",")[0].strip() for line in text if ", reference" in line]
    assert names == ["m0", "m1", "m2", "m4", "m5", "m6", "m38", "m39"]
    assert [line.split(",")[0].strip() for line in text if ", ablation" in line] == ["m0", "m1", "m2"]


def test_nor_do_settings_of_former_times_take_the_place_of_a_method_to_use(table):
    own, reference = table.rows[0], table.rows[1]
    former = ("reference", OTHER_SETTINGS)
    rows = [
        own,
        *(Row(reference.runs, f"m{i}", "method", former if i < 4 else former[:1]) for i in range(40)),
    ]
    scored = {i: score_with(table, {"crps": {"": i / 10}}) for i in range(1, 41)}
    scored[0] = score_with(table, {"crps": {"": 9.05}})
    long = Table(table.frames, rows, scored, {"crps": table.metrics["crps"]})
    names = [line.split(",")[0].strip() for line in lines(long, 100) if ", reference" in line]
    assert names == ["m0", "m1", "m2", "m4", "m5", "m6", "m38", "m39"]


def tagged(row: Row, number: int) -> StoredRun:
    """A run of a row, as one of an ablation if its number is below four."""
    run = row.runs[0]
    method = run.record.method.model_copy(update={"tags": ["ablation"] if number < 4 else []})
    return replace(run, record=run.record.model_copy(update={"method": method}))


def test_own_controls_are_shown_without_their_neighbours_and_with_their_difference(table):
    """Who runs a method with controls asks where the method stands, and how far each control is from it."""
    own, reference = table.rows[0], table.rows[1]
    control = replace(own, name="mine too", role="control")
    others = [Row(reference.runs, f"m{i}", "method", ("reference",)) for i in range(40)]
    values = [1.05, 3.05, *(i / 10 for i in range(1, 41))]
    scored = {i: score_with(table, {"crps": {"": value}}) for i, value in enumerate(values)}
    long = Table(table.frames, [own, control, *others], scored, {"crps": table.metrics["crps"]})
    text = lines(long, 200)
    assert [line.split(",")[0].strip() for line in text if ", reference" in line] == [
        "m0", "m1", "m2", "m8", "m9", "m10", "m11",
    ]  # fmt: skip
    [row] = [line for line in text if "mine too" in line]
    assert row.split()[3:5] == ["3.05", "-2"]


def score_with(table, values):
    return replace(table.scored[0], values=values, drawn={})


def test_a_record_too_short_counts_its_hours_and_claims_nothing(references, own):
    [short] = tables_of([open_run(own["short"])], references())
    assert "fewer than 20" in short.no_interval
    metric = short.metrics["crps"]
    better, times = short.hours(0, 1, metric)
    assert 0 <= better <= times == 12
    text = "\n".join(lines(short, 200))
    assert f"{better}/{times}" in text
    assert "Whether by more than chance cannot be said" in text
    assert short.classes(metric) == {}


def test_as_json_has_every_row_and_metric(table):
    content = json.loads(json.dumps(as_json(table), allow_nan=False))
    assert [row["name"] for row in content["rows"]] == ["bilinear", "bicubic", "nearest", "noisy"]
    assert [metric["metric"] for metric in content["metrics"]] == ["crps", "mse"]
    [comparison] = content["metrics"][0]["comparisons"]
    assert len(comparison["differences"]) == 3


def test_scores_of_slim_archives_are_those_of_the_runs(table, campaign):
    for i in table.references:
        name = table.rows[i].name
        runs = [p.parent for p in campaign.rglob("run.json") if f"/{name}/" in str(p)]
        [run] = [one for path in runs if (one := open_run(path)).record.frames.n == 168]
        scored, _ = score_rows([[run]])
        assert dict(table.scored[i].values) == dict(scored[0].values)


def test_frames_without_references_are_named_in_one_line(references, own):
    other = open_run(own["other"])
    assert tables_of([other], references()) == []
    [text] = without_table([other], references())
    assert "\n" not in text
    assert "16 time steps; references exist for toy, 168 time steps (3)" in text


def test_one_who_repeats_every_reference_is_told_so(references, campaign, own):
    """It is no lack of references; and of other frames it is said beside that there are none."""
    runs = [run for run in open_runs(campaign) if run.record.frames.n == 168]
    assert tables_of(runs, references()) == []
    [text] = without_table(runs, references())
    assert text.startswith("Your own runs repeat every reference of these frames (toy, 168 time steps)")
    said = without_table([*runs, open_run(own["other"])], references())
    assert [one.partition(" ")[0] for one in said] == ["Your", "There"]
    assert without_table(runs[:-1], references()) == [], "a table has the one that is left"


def test_rows_of_one_method_say_what_was_set_in_each(folder, own, tmp_path, monkeypatch, capsys):
    """In the terminal, in a comparison, in the list, and in the hint of a name that means several."""
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(tmp_path / "folder"))
    words = ("--members", "2", "--metric", "crps", "--metric", "mse", "--set")
    made = [
        toy_run(tmp_path / how, "broken", *words, f"broken.how={how}", frames=840) for how in ("well", "fine")
    ]
    shutil.copytree(folder, tmp_path / "folder")
    configure((Path(PLUGIN[1]),))
    build_references(made, tmp_path / "folder")
    run = open_run(own["long"])
    [table] = tables_of([run], all_references())
    named = ["broken (how=fine)", "broken (how=well)"]
    assert sorted(row.name for row in table.rows) == ["bicubic", "bilinear", *named, "nearest", "noisy"]
    assert any(line.startswith("  broken (how=well), reference") for line in lines(table, 200))
    with pytest.warns(DownbenchWarning) as warned:
        find_reference("broken", run.record, all_references())
    told = dict(re.findall(r"ref:(broken-0-\w{8}) \((.*?)\)", str(warned[0].message)))
    assert sorted(told.values()) == ["how=fine", "how=well"]
    both = [find_reference(name, run.record, all_references()) for name in sorted(told, key=told.get)]
    assert [one["name"] for one in compare([unpack(one) for one in both], ["crps"])["runs"]] == named
    capsys.readouterr()
    list_references(json=False)
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ref:")]
    assert {f"ref:{name}" for name in told} < set(listed), "each can be named"
    assert "ref:noisy@0" in listed


def test_after_a_run_the_table_stands_below_its_scores(bench, installed, own):
    """Finished runs are read; nothing is computed again."""
    runs = own["short"].parents[6]
    words = ("run", "-m", "bilinear", "-d", "toy", "--no-controls", "--metric", "crps", "--metric", "mse")
    words = (*words, "--runs", runs, *PLUGIN)
    assert "Beside the references of the same frames (toy, 12 time steps):" in bench(*words).stdout
    content = json.loads(bench(*words, "--json").stdout)
    assert content["references"][0]["rows"][0]["name"] == "bilinear"
    assert json.loads(bench(*words, "--json", "--no-reference").stdout)["references"] == []


def test_compare_takes_a_reference_by_name(bench, installed, own):
    text = bench("compare", own["long"], "ref:noisy", "--metric", "crps", *PLUGIN).stdout
    assert "B  noisy, seed 0, reference, members 2" in text
    error = bench("compare", own["long"], "ref:nois", *PLUGIN, code=2).stderr
    assert "did you mean noisy?" in error
    assert "it was scored on" not in error
    assert "references exist for" in bench("compare", own["other"], "ref:noisy", *PLUGIN, code=2).stderr
