"""One line for each run, with the path to what went wrong."""

from __future__ import annotations

import json

import pytest

from downbench.cli.outcomes import tell
from downbench.cli.reporting import show_tracebacks


@pytest.fixture(autouse=True)
def quiet():
    show_tracebacks(False)
    yield
    show_tracebacks(False)


def outcome(status="finished", directory="runs/d/m/f", seed=0, reason=None):
    names = {"status": status, "directory": directory, "seed": seed, "reason": reason}
    return {
        "name": "m",
        "dataset": "d",
        **{k: None if v is None else v for k, v in names.items()},
    }


@pytest.mark.parametrize(
    ("seed", "shown"), [(0, "done    m on d: runs"), (3, "done    m on d, seed 3: runs")]
)
def test_a_finished_run_says_where_it_is(capsys, seed, shown):
    tell(outcome(seed=seed))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(shown)


@pytest.mark.parametrize("debug", [False, True])
def test_a_failed_run_leads_to_its_traceback(capsys, tmp_path, debug):
    (tmp_path / "failed.json").write_text(json.dumps({"traceback": "Traceback: line 3"}))
    show_tracebacks(debug)
    tell(outcome("failed", str(tmp_path), reason="it broke"))
    printed = capsys.readouterr().err
    assert printed.startswith("FAILED  m on d: it broke\n")
    assert ("line 3" in printed) == debug
    assert (str(tmp_path / "failed.json") in printed) != debug


def test_a_run_that_never_began_has_its_reason_alone(capsys):
    tell(outcome("failed", None, reason="no torch"))
    assert capsys.readouterr().err == "FAILED  m on d: no torch\n"


def test_a_record_that_a_full_disk_kept_from_being_written_is_not_missed(capsys, tmp_path):
    tell(outcome("failed", str(tmp_path), reason="the disk is full"))
    assert capsys.readouterr().err == "FAILED  m on d: the disk is full\n"


def test_what_to_do_about_a_failed_run_stands_under_its_reason(capsys):
    tell(outcome("failed", None, reason="it broke\n  mend it"))
    assert capsys.readouterr().err == "FAILED  m on d: it broke\n        mend it\n"
