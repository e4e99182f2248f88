"""Each kind of page says what it is for, whatever the records lack."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from downbench import DatasetInfo, MetricInfo
from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.boards.colours import colours_of
from downbench_leaderboard.boards.standing import Classes
from downbench_leaderboard.pages.dataset import write_dataset
from downbench_leaderboard.pages.front import board_page, empty_page
from downbench_leaderboard.pages.method import page_of_method
from downbench_leaderboard.pages.metric import write_metric
from downbench_leaderboard.pages.run import run_page
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.reading import Reading
from downbench_leaderboard.records.schema import read_run


def text_of(page):
    parser = HTMLParser()
    texts: list[str] = []
    parser.handle_data = texts.append  # type: ignore[method-assign]
    parser.feed(re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S))
    return " ".join("".join(texts).split())


def entries(*runs, marks=()):
    return [Entry(read_run(run), f"runs/{i}.html", f"place{i}", marks=marks) for i, run in enumerate(runs)]


def boards_of(*runs):
    return build_boards(entries(*runs))


def colours(boards):
    return colours_of((row.maker, row.run.role == "control") for board in boards for row in board.rows)


def test_tabs_lead_to_one_board_of_each_dataset_real_data_first(make):
    real = {"dataset__label": "real", "dataset__standin": False}
    boards = boards_of(make.run("ofdiff"), make.run("ofdiff", members=4), make.run("ofdiff", **real))
    page = board_page(boards[-1], Classes(), boards, colours(boards))
    tabs = re.findall(r'<li class="(real|standin)"><a href="([^"]+)"', page)
    assert [kind for kind, _ in tabs] == ["real", "standin"]
    assert "Other frames or members of these data: 8 members, 480 frames" in text_of(page)


def test_a_front_page_without_runs_says_so():
    assert "No finished run yet" in text_of(empty_page([], [], []))


def test_marks_of_where_a_run_comes_from_stand_beside_its_name(make):
    boards = build_boards(entries(make.run("ofdiff"), marks=("reference", "made again")))
    page = board_page(boards[0], Classes(), boards, colours(boards))
    data = json.loads(re.search(r'id="board">(.*?)</script>', page).group(1))
    assert data["rows"][0]["marks"] == ["reference", "made again"]
    (entry,) = boards[0].entries
    assert "reference" in text_of(run_page(Reading(entry, {}, "none")))


def test_the_scores_of_a_run_s_page_are_those_of_its_record(make):
    (entry,) = entries(make.run("ofdiff"))
    page = run_page(Reading(entry, {}, "This run keeps no example frames."))
    data = json.loads(re.search(r'id="run">(.*?)</script>', page).group(1))
    for score, own in zip(data["scores"], entry.run.scores, strict=True):
        named = dict(zip(data["fields"], score, strict=True))
        words = [data["texts"][named[key]] for key in data["fields"][: data["words"]]]
        assert words == [own.metric, own.component, own.region, own.season, own.unit, own.reason]
        assert named["value"] == own.value
    assert data["powers"] == {"mm/h": 1, "(mm/h)2": 2}
    assert "keeps no example frames" in text_of(page)


def test_a_method_s_page_marks_what_cannot_be_told_from_the_best_and_nothing_else(make):
    boards = boards_of(make.run("ofdiff"), make.run("bicubic"))
    crps = [c.id for c in boards[0].columns].index("crps")
    plain = page_of_method(boards[0].rows[0].entries, [(boards[0], Classes())], colours(boards)).html()
    assert 'class="winner"' not in plain
    classes = Classes(letters={crps: ["A", "B"]})
    marked = page_of_method(boards[0].rows[0].entries, [(boards[0], classes)], colours(boards)).html()
    assert re.findall(r'class="winner">([^<]+)', marked) == ["0.0412"]


def test_a_method_s_page_begins_with_what_it_is_today(make):
    """What it was once is better here, and newer; it comes second, marked, and has no rank."""
    once = make.run("ofdiff", method__configuration={"steps": 4}, created="2030-01-01T00:00:00+00:00")
    for score in once["scores"]:
        score["value"] = 0.001
    files = [(once, ("not today's preset",)), (make.run("ofdiff"), ()), (make.run("bicubic"), ())]
    own = [
        Entry(read_run(run), f"runs/{i}.html", f"p{i}", marks=marks) for i, (run, marks) in enumerate(files)
    ]
    (board,) = build_boards(own)
    crps = board.columns.index(board.first)
    classes = Classes(letters={crps: ["A", "A", "B"]})
    page = page_of_method(own[:2], [(board, classes), (board, classes)], colours([board])).html()
    text = text_of(page)
    assert "1 of 2, class A" in text
    heads = re.findall(r'<th scope="col"><b>(.*?)</th>', page)[:2]
    assert heads[0] == "ofdiff</b>"
    assert heads[1].startswith("ofdiff (")
    assert heads[1].endswith("not today&#39;s preset</span>")
    assert "--set ofdiff.steps=8" in page  # of the command that repeats it
    assert "--set ofdiff.steps=4" not in page
    configuration = page.split('id="configuration"')[1].split("</section>")[0]
    assert 'href="../runs/1.html">the newest run</a>' in configuration
    assert "<dt>steps</dt><dd>8</dd>" in configuration


def test_the_page_of_an_ablation_has_its_rank_among_all(make):
    own = entries(
        make.run("ofdiff-no-flow", method__tags=["ablation"]), make.run("ofdiff"), make.run("bicubic")
    )
    (board,) = build_boards(own)
    ablation = [entry for entry in own if entry.run.method.name == "ofdiff-no-flow"]
    page = page_of_method(ablation, [(board, Classes()), (board, Classes())], colours([board])).html()
    assert board.ablations == {board.names.index("ofdiff-no-flow")}
    assert f"{board.names.index('ofdiff-no-flow') + 1} of 3" in text_of(page)


def test_a_metric_s_page_ranks_what_methods_are_today_with_their_classes(make):
    once = make.run("ofdiff", method__configuration={"steps": 4})
    files = [(once, ("not today's preset",)), (make.run("ofdiff"), ()), (make.run("bicubic"), ())]
    (board,) = build_boards(
        [Entry(read_run(run), f"{i}.html", f"p{i}", marks=marks) for i, (run, marks) in enumerate(files)]
    )
    number = board.columns.index(board.first)
    letters = ["A" if row.name == "ofdiff" else "B" for row in board.rows]
    page = write_metric([(board, Classes(letters={number: letters}), board.first)], None)
    items = re.findall(r"<li><a [^>]*>([^<]*)</a>: [\d.]+<sup>(.)</sup> mm/h</li>", page)
    assert items == [("ofdiff", "A"), ("bicubic", "B")]


@pytest.mark.parametrize(
    "info", [None, MetricInfo(name="crps", target="a:b", plain="So far.", pitfall="Dry.")]
)
def test_a_metric_is_explained_as_far_as_anybody_did(make, info):
    boards = boards_of(make.run("ofdiff"), make.run("bicubic"))
    column = next(c for c in boards[0].columns if c.id == "crps")
    text = text_of(write_metric([(boards[0], Classes(), column)], info))
    assert "Fair CRPS" in text
    assert ("How it fails" in text and "Dry." in text) == (info is not None)


def test_a_dataset_s_page_shows_the_measured_relation_of_coarse_to_fine(make):
    relation = {
        "test": {"perfect": False, "correlation": 0.8125, "bias_ratio": 1.1, "rmse": 0.25, "frames": 9}
    }
    text = text_of(write_dataset(boards_of(make.run("ofdiff", dataset__relation=relation)), None))
    assert "not the mean of the fine truth: correlation 0.812" in text
    assert "0.8125" in text
    assert "Leaderboard of 8 members, 480 frames (1 row)" in text


def test_a_dataset_s_page_says_what_the_card_of_its_file_does(make):
    file = {"dataset__name": "files", "dataset__variant": "a_pair", "dataset__standin": False}
    boards = boards_of(make.run("ofdiff", dataset__label="files (a_pair)", **file))
    card = DatasetInfo(
        name="pair", target="a:b", title="Radar <of> rain", reference="doi:10.5067/A", record="a_pair"
    )
    page = write_dataset(boards, None, card)
    assert "Radar &lt;of&gt; rain" in page
    assert 'href="https://doi.org/10.5067/A"' in page
    assert "Radar" not in write_dataset(boards, None)
    info = DatasetInfo(name="files", target="a:b", title="Any files")
    own = boards_of(make.run("ofdiff", dataset__label="pair", **file))  # as one's own run calls it
    page = text_of(write_dataset(own, info, card))
    assert "Radar <of> rain" in page
    assert "Any files" not in page
