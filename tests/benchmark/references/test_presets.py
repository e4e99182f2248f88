"""What is said of references that stand beside what their preset gives now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from folders import ROOT

from downbench.cli.beside import lines
from downbench.cli.shipped import list_references
from downbench.references.beside import table_of
from downbench.references.index import Reference, read_index, write_index
from downbench.references.mixing import references_among
from downbench.references.presets import with_other_settings
from downbench.references.shipped import Shipped, all_references, unpack

FOLDER = ROOT / "leaderboard" / "reference" / "downbench_reference"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Shipped]:
    """References that come with this project."""
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(FOLDER))
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path))
    return all_references()


def test_the_index_says_of_each_what_its_preset_gives_now(shipped: list[Shipped]) -> None:
    found = with_other_settings(
        [one.reference for one in shipped], lambda one: unpack(Shipped(one, FOLDER, "")).record
    )
    noted = {one.archive for one in read_index(FOLDER).references if one.other_settings}
    assert noted == found, "run `make reference`"
    records = [unpack(one).record for one in shipped if one.reference.archive in found]
    of_unet = [one for one in records if one.method.name == "unet-crps"]
    assert {one.dataset.label.split("_")[0] for one in of_unet} == {
        "files (fmi",
        "files (haduk",
        "files (knmi",
        "files (mrms",
    }
    former, sixteen_times = 1400, 16 * 1750
    assert {one.method.configuration["train_steps"] for one in of_unet} == {former, sixteen_times}
    assert all(one.limit is None for one in records), "nothing of the demo's, where all have their own steps"


@pytest.fixture
def both(shipped: list[Shipped], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Shipped]:
    """The two forms of one method on one record, as if nothing else were installed."""
    chosen = [
        one.reference
        for one in shipped
        if one.reference.method == "unet-crps" and "knmi" in one.reference.archive and one.reference.seed == 0
    ]
    for one in chosen:
        (tmp_path / "two" / one.archive).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / one.archive, tmp_path / "two" / one.archive)
    write_index(tmp_path / "two", chosen)
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(tmp_path / "two"))
    return all_references()


def test_tables_lists_and_boards_say_so(both: list[Shipped], capsys: pytest.CaptureFixture[str]) -> None:
    told = [one for one in both if one.reference.other_settings]
    assert [unpack(one).record.method.configuration["train_steps"] for one in told] == [1400]
    table = table_of(both)
    assert table is not None
    text = "\n".join(lines(table, 100))
    assert "unet-crps (train_steps=1400), reference, not today's preset" in text
    assert "\n  unet-crps, reference" in text
    assert text.count("not today's preset") == 1
    list_references(json=False)
    listed = [line for line in capsys.readouterr().out.splitlines() if "not today's preset" in line]
    assert any(f"ref:{told[0].reference.name} " in line for line in listed)
    marked = [
        run.read().run
        for run in references_among([], other_frames=True).unread
        if "not today's preset" in run.read().marks
    ]
    assert {run["method"]["configuration"]["train_steps"] for run in marked} == {1400}


def test_nothing_is_said_without_one_of_today_s_preset_and_of_older_versions(both: list[Shipped]) -> None:
    former, now = sorted(both, key=lambda one: not one.reference.other_settings)
    records = {"now": unpack(now).record, "set": unpack(former).record, "set too": unpack(former).record}

    def entry(name: str, configuration: str, **changes: object) -> Reference:
        update = {"archive": name, "configuration": configuration, **changes}
        return now.reference.model_copy(update=update)

    def found(*entries: Reference) -> set[str]:
        return with_other_settings(entries, lambda asked: records[asked.archive])

    present, another = entry("now", "1"), entry("set", "2")
    assert found(present, another, entry("set too", "2", seed=1)) == {"set", "set too"}
    assert found(present) == found(another) == set()
    assert found(another, entry("set too", "3")) == set(), "none of them is today's"
    assert found(present, entry("set", "2", older=True)) == set()
    assert found(present, entry("set", "2", preset="paper")) == set()
