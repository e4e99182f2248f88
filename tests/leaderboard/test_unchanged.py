"""A file of a site that did not change is the same file, with its time, after the site was built anew."""

from __future__ import annotations

import os

from downbench import find_runs
from downbench_leaderboard.site import build_site
from downbench_leaderboard.unchanged import keep_unchanged


def test_equal_files_stay_and_others_do_not(tmp_path):
    former, new = tmp_path / "former", tmp_path / "new"
    for folder, texts in (
        (former, {"same": "a", "other": "b", "gone": "c"}),
        (new, {"same": "a", "other": "B"}),
    ):
        (folder / "runs").mkdir(parents=True)
        for name, text in texts.items():
            (folder / "runs" / name).write_text(text)
    os.utime(former / "runs" / "same", (1, 1))
    (former / "runs" / "fresh").symlink_to(former / "runs" / "same")
    (new / "runs" / "fresh").write_text("a")
    assert keep_unchanged(former, new) == 1
    assert (new / "runs" / "same").stat().st_mtime == 1
    assert (new / "runs" / "other").read_text() == "B"
    assert not (new / "runs" / "fresh").is_symlink()
    assert sorted(path.name for path in (new / "runs").iterdir()) == ["fresh", "other", "same"]


def test_pages_of_a_run_stay_when_another_run_comes_and_go_when_it_goes(make, tmp_path):
    runs, site = tmp_path / "runs", tmp_path / "site"
    make.write(runs, make.run("ofdiff"))
    make.write(runs, make.run("bicubic"))
    build_site(find_runs(runs), site, root=runs)
    before = {path.relative_to(site): path.stat().st_ino for path in site.rglob("*") if path.is_file()}
    added = make.write(runs, make.run("nearest"))
    build_site(find_runs(runs), site, root=runs)
    after = {path.relative_to(site): path.stat().st_ino for path in site.rglob("*") if path.is_file()}
    kept = {path for path in before if after.get(path) == before[path]}
    assert {path for path in before if path.parts[0] == "runs"} <= kept
    assert not {path for path in kept if path.name in ("index.html", "results.json")}
    (added / "run.json").unlink()
    build_site(find_runs(runs), site, root=runs)
    assert {path.relative_to(site) for path in site.rglob("*") if path.is_file()} == before.keys()
