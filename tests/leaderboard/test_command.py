"""``bench leaderboard`` as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from downbench import AmongRuns
from downbench_leaderboard import command, serve
from downbench_leaderboard.serve import LiveSite, make_server


def test_a_site_is_built_and_described(bench, make, tmp_path):
    for name in ("ofdiff", "bicubic"):
        make.write(tmp_path / "runs", make.run(name))
    make.write(tmp_path / "runs", "{", at="d/m/broken")
    done = bench("leaderboard", "--json")
    expected = {"site": "site", "index": "site/index.html", "runs": 2, "tables": 1}
    assert json.loads(done.stdout) == expected
    assert (tmp_path / "site" / "index.html").is_file()
    again = bench("leaderboard", "runs", "--out", "site")
    assert again.stdout == "2 runs in 1 table: site/index.html\n"
    assert "damaged: 1" in again.stderr


def test_sections_of_a_plugin_are_shown_as_text(bench, make, tmp_path):
    make.write(tmp_path / "runs", make.run())
    (tmp_path / "mine.py").write_text(
        "from downbench import hookimpl\n\n@hookimpl\ndef downbench_leaderboard_sections(runs):\n"
        "    print('chatter')\n    return [{'title': 'Mine', 'text': f'<b>{len(runs)}</b>'}]\n"
    )
    done = bench("leaderboard", "--json", "--plugin", "mine.py")
    assert json.loads(done.stdout)["runs"] == 1
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Mine" in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page


def test_mistakes_get_one_message_and_exit_code_2(bench, make, tmp_path):
    missing = bench("leaderboard", "nowhere", code=2)
    assert missing.stdout == ""
    assert missing.stderr.startswith("error: nowhere is not a folder")
    (tmp_path / "runs").mkdir()
    empty = bench("leaderboard", code=2)
    assert empty.stderr.startswith("error: no runs in runs")
    assert "Traceback" not in empty.stderr
    make.write(tmp_path / "runs", make.run())
    bench("leaderboard", "--out", ".", code=2)
    assert (tmp_path / "runs").is_dir()


def test_the_server_shows_a_run_as_soon_as_it_is_there(make, tmp_path):
    runs = tmp_path / "runs"
    make.write(runs, make.run("ofdiff"))
    (tmp_path / "served").mkdir()
    server = make_server(runs, tmp_path / "served", refresh=5)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        with urlopen(address) as answer:
            assert answer.headers["Refresh"] == "5"
            assert "Nearest neighbour" not in answer.read().decode()
        make.write(runs, make.run("nearest"))
        with urlopen(address + "index.html") as answer:
            assert "Nearest neighbour" in answer.read().decode()
        with pytest.raises(HTTPError, match="404"):
            urlopen(address + "runs/")
    finally:
        server.shutdown()
        server.server_close()


def test_references_alone_are_served_where_there_are_no_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(
        command,
        "references_among",
        lambda _, other_frames: asked.append(other_frames) or AmongRuns(iter(()), []),
    )
    asked: list[bool] = []
    LiveSite(tmp_path / "nothing", tmp_path, all_references=True).update()
    assert asked == [True]
    assert "No finished run yet" in (tmp_path / "site" / "index.html").read_text()


def test_nothing_is_built_again_while_nothing_changes(make, tmp_path, monkeypatch):
    make.write(tmp_path / "runs", make.run("ofdiff"))
    built = []
    monkeypatch.setattr(serve, "build", lambda runs, out, *references: built.append(references))
    live = LiveSite(tmp_path / "runs", tmp_path, reference=True, all_references=True)
    live.update()
    live.update()
    assert built == [(True, True)]
    make.write(tmp_path / "runs", make.run("nearest"))
    live.update()
    assert len(built) == 2


def test_the_site_of_a_server_that_was_killed_is_deleted_by_the_next(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "downbench", "serve", tmp_path / "runs", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}

    def folder_of_a_server():
        """Its folder, once it says where its pages are; then it is killed."""
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                assert "at http://127.0.0.1:" in server.stdout.readline()
                (folder,) = (tmp_path / "temporary").iterdir()
            finally:
                server.kill()
        return folder

    first = folder_of_a_server()
    assert first.is_dir()
    second = folder_of_a_server()
    assert second != first
    assert not first.exists()
