"""Plug-ins are listed with what they are, pinned in a lock file, and refused where they differ."""

from __future__ import annotations

import json

import pytest
from folders import TOY

from downbench import UserError, configure
from downbench.cli.global_options import split_options
from downbench.plugins.inventory import CORE, digest_of, inventory, is_editable
from downbench.plugins.lock import check_lock, write_lock


@pytest.fixture
def mine(tmp_path):
    """A plug-in file of one's own, loaded."""
    file = tmp_path / "mine.py"
    file.write_text(TOY.read_text().replace("toy:", "mine:"))
    configure((file,))
    yield file
    configure()


def test_the_inventory_has_the_core_the_builtins_and_files(mine):
    items = {item.name: item for item in inventory()}
    assert next(iter(items)) == CORE
    assert {"downbench:methods", "downbench:metrics", "mine.py"} <= set(items)
    assert items["mine.py"].editable
    assert items["mine.py"].digest == digest_of(mine)
    assert len({item.digest for item in items.values()}) == len(items)
    assert all(len(item.digest) == 64 for item in items.values())
    assert is_editable("no-such-distribution")


def test_a_digest_is_of_names_and_bytes_and_not_of_what_python_makes(tmp_path):
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "a.py").write_text("1")
    before = digest_of(package)
    (package / "__pycache__" / "a.cpython-311.pyc").write_text("x")
    assert digest_of(package) == before
    (package / "a.py").rename(package / "b.py")
    renamed = digest_of(package)
    (package / "b.py").write_text("2")
    assert len({before, renamed, digest_of(package)}) == 3


def test_what_is_pinned_passes_and_a_change_is_named(mine, tmp_path):
    lock = tmp_path / "downbench.lock"
    write_lock(lock)
    check_lock(lock)
    mine.write_text(mine.read_text() + "\n")
    with pytest.raises(UserError, match=r"mine\.py file has other files"):
        check_lock(lock)


def test_all_that_differs_is_named_at_once(mine, tmp_path):
    lock = tmp_path / "downbench.lock"
    write_lock(lock)
    content = json.loads(lock.read_text())
    plugins = content["plugins"]
    plugins["gone:x"] = {"distribution": "gone", "version": "2.0", "digest": "0"}
    plugins["downbench:metrics"]["version"] = "0.0.9"
    del plugins["mine.py"]
    lock.write_text(json.dumps(content))
    with pytest.raises(UserError) as refused:
        check_lock(lock)
    text = str(refused.value)
    assert "gone:x 2.0 is pinned and not loaded" in text
    assert "downbench:metrics is pinned at 0.0.9, and 0.1.0 is loaded" in text
    assert "mine.py file is loaded and not pinned" in text
    assert "downbench:methods" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no lock file"),
        ("{", "not JSON"),
        ("{}", "no lock file of this release"),
        ('{"lock_version": 1, "plugins": {"a": 1}}', "no lock file of this release"),
        ('{"lock_version": 9, "plugins": {}}', "no lock file of this release"),
    ],
)
def test_a_file_that_is_no_lock_is_refused(tmp_path, content, message):
    lock = tmp_path / "x.lock"
    if content is not None:
        lock.write_text(content)
    with pytest.raises(UserError, match=message):
        check_lock(lock)


@pytest.mark.parametrize(
    ("line", "lock", "rest"),
    [
        ("run --locked -m x", "downbench.lock", "run -m x"),
        ("run --locked mine.lock -m x", "mine.lock", "run -m x"),
        ("run --locked=a/b -m x", "a/b", "run -m x"),
        ("--locked run", "downbench.lock", "run"),
        ("run -m x --locked", "downbench.lock", "run -m x"),
        ("run -m x", None, "run -m x"),
    ],
)
def test_the_file_may_be_left_out(line, lock, rest):
    options, words = split_options(line.split())
    assert (options.lock and str(options.lock), words) == (lock, rest.split())


def test_locked_refuses_before_a_plugin_is_imported(bench, tmp_path):
    bench("plugins", "--lock", "a.lock")
    strange = tmp_path / "strange.py"
    strange.write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\n")
    error = bench("list", "--locked", "a.lock", "--plugin", strange, code=2).stderr
    assert "strange.py file is loaded and not pinned" in error
    assert not (tmp_path / "imported").exists()
    assert "Studies" in bench("list", "studies", "--locked", "a.lock").stdout


def test_the_command_says_what_each_provides(bench):
    rows = {row["name"]: row for row in json.loads(bench("plugins", "--plugin", TOY, "--json").stdout)}
    assert rows["toy.py"]["provides"]["method"][0] == "noisy"
    assert rows["downbench:metrics"]["provides"].keys() == {"metric"}
    assert "leaderboard" in rows["downbench:leaderboard"]["provides"]["command"]
    assert set(rows["toy.py"]) >= {"distribution", "version", "digest", "editable"}
    text = bench("plugins", "--plugin", TOY).stdout
    assert rows["toy.py"]["digest"] in text
    assert "dataset: toy" in text
