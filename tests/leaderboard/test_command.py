"""``bench leaderboard`` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys


def bench(*arguments, cwd):
    command = [sys.executable, "-m", "downbench.cli.main", "leaderboard", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_a_site_is_built_and_described(make, tmp_path):
    for name in ("ofdiff", "bicubic"):
        make.write(tmp_path / "runs", make.run(name))
    make.write(tmp_path / "runs", "{", at="d/m/broken")
    done = bench("--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = {"site": "site", "index": "site/index.html", "runs": 2, "tables": 1}
    assert json.loads(done.stdout) == expected
    assert (tmp_path / "site" / "index.html").is_file()
    again = bench("runs", "--out", "site", cwd=tmp_path)
    assert again.stdout == "2 runs in 1 table: site/index.html\n"
    assert "damaged: 1" in again.stderr


def test_sections_of_a_plugin_are_shown_as_text(make, tmp_path):
    make.write(tmp_path / "runs", make.run())
    (tmp_path / "mine.py").write_text(
        "from downbench import hookimpl\n\n@hookimpl\ndef downbench_leaderboard_sections(runs):\n"
        "    print('chatter')\n    return [{'title': 'Mine', 'text': f'<b>{len(runs)}</b>'}]\n"
    )
    done = bench("--json", "--plugin", "mine.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 1
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Mine" in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page


def test_mistakes_get_one_message_and_exit_code_2(make, tmp_path):
    missing = bench("nowhere", cwd=tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("error: nowhere is not a folder")
    (tmp_path / "runs").mkdir()
    empty = bench(cwd=tmp_path)
    assert empty.returncode == 2
    assert empty.stderr.startswith("error: no runs in runs")
    assert "Traceback" not in empty.stderr
    make.write(tmp_path / "runs", make.run())
    occupied = bench("--out", ".", cwd=tmp_path)
    assert occupied.returncode == 2
    assert (tmp_path / "runs").is_dir()
