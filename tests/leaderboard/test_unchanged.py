"""A file of a site that did not change is the same file, with its time, after the site was built anew."""

from __future__ import annotations

import os
import shutil

from records import write_content

from downbench import find_runs
from downbench_leaderboard import site as site_module
from downbench_leaderboard.pages.method import MethodPage
from downbench_leaderboard.pages.run import run_page
from downbench_leaderboard.records import former
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


def test_only_new_runs_are_drawn_and_the_site_is_that_of_a_build_from_nothing(make, tmp_path, monkeypatch):
    runs, drawn = tmp_path / "runs", []
    monkeypatch.setattr(site_module, "run_page", lambda reading: drawn.append(reading) or run_page(reading))
    for i, name in enumerate(("ofdiff", "bicubic", "nearest")):
        make.write(runs, make.run(name), make.examples(i, size=16, members=1) if i != 1 else None)
        build_site(find_runs(runs), tmp_path / "site", root=runs)
    assert [reading.entry.run.method.name for reading in drawn] == ["ofdiff", "bicubic", "nearest"]
    build_site(find_runs(runs), tmp_path / "fresh", root=runs)
    grown, fresh = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "site", tmp_path / "fresh")
    )
    assert grown == fresh


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pages_of_methods_are_drawn_anew_where_anything_on_them_changed_and_only_there(
    make, tmp_path, monkeypatch
):
    """Each step changes another thing that these pages show; the site is that of a build from nothing."""
    runs, site, drawn = tmp_path / "runs", tmp_path / "site", []
    html = MethodPage.html
    monkeypatch.setattr(
        MethodPage, "html", lambda page: drawn.append(page.entries[0].run.method.name) or html(page)
    )
    control, other = {"role": "control"}, {"dataset__label": "other", "dataset__standin": False}
    steps = [
        ("ofdiff", {}, {"ofdiff"}),
        ("nearest", control, {"ofdiff", "nearest"}),  # a control stands beside every method
        ("unet", {}, {"unet"}),
        ("ofdiff-no-flow", {}, {"ofdiff-no-flow", "ofdiff"}),  # the family of one
        ("unet", other, {"unet"}),  # another board
        ("swin", other, {"swin", "unet"}),  # its rank among others
    ]
    for day, (name, changes, changed) in enumerate(steps, 1):
        created = f"2026-01-{day:02d}T00:00:00+00:00"
        directory = make.write(runs, make.run(name, created=created, **changes))
        drawn.clear()
        build_site(find_runs(runs), site, root=runs)
        assert set(drawn) == changed
        build_site(find_runs(runs), tmp_path / "fresh", root=runs)
        assert files_of(site) == files_of(tmp_path / "fresh")
        shutil.rmtree(tmp_path / "fresh")
    (directory / "run.json").unlink()
    drawn.clear()
    build_site(find_runs(runs), site, root=runs)
    assert drawn == ["unet"]


def test_a_changed_run_and_other_code_are_drawn_anew(make, tmp_path, monkeypatch):
    runs, site = tmp_path / "runs", tmp_path / "site"
    directory = make.write(runs, make.run("ofdiff"), make.examples(0, size=16, members=1))
    build_site(find_runs(runs), site, root=runs)
    (page,) = (site / "runs").glob("*.html")

    def again(**changes):
        write_content(directory / "run.json", make.run("ofdiff", **changes))
        build_site(find_runs(runs), site, root=runs)
        return page.read_text("utf-8")

    assert "my-preset" not in again()
    assert "my-preset" in again(method__preset="my-preset")
    page.write_text("former")
    assert again(method__preset="my-preset") == "former"
    monkeypatch.setattr(former, "_code", lambda: "newer")
    assert again(method__preset="my-preset") != "former"
    shutil.rmtree(directory / "examples.zarr")
    assert "keeps no example frames" in again(method__preset="my-preset")
