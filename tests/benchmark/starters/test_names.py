"""Names of new plug-ins: what all of Python, files and the command line can bear, and what is free."""

import sys

import pytest

from downbench import UserError
from downbench.starters.names import Names, check_free, names_of


def test_all_names_follow_from_one():
    names = names_of("my-u2-net")
    assert names == Names("my-u2-net", "my_u2_net", "MyU2Net", "My u2 net")
    assert (names.package, names.distribution) == ("downbench_my_u2_net", "downbench-my-u2-net")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../x",
        "a/b",
        "a\\b",
        "/tmp/x",
        ".",
        "-x",
        "x-",
        "x--y",
        "x_y",
        "X",
        "2d",
        "é",
        "a b",
        "x\n",
        "x" * 41,
    ],
)
def test_a_name_that_cannot_be_one(name):
    with pytest.raises(UserError, match="cannot be the name of a plug-in"):
        names_of(name)


def test_a_class_never_has_the_name_of_a_word_of_python():
    assert [names_of(name).class_name for name in ("none", "true", "import")] == [
        "MyNone",
        "MyTrue",
        "Import",
    ]


def test_what_is_there_already_is_named():
    with pytest.raises(UserError, match="there is a metric called 'crps' already, of downbench"):
        check_free(names_of("crps"), file=False)
    with pytest.raises(UserError, match="Python has something called 'downbench_methods' already"):
        check_free(names_of("methods"), file=False)


@pytest.mark.parametrize("name", ["random", "numpy", "class"])
def test_a_file_hides_no_module(name):
    """A package of the same name is called downbench_random, and hides nothing."""
    with pytest.raises(UserError, match=f"Python has something called {name!r} already"):
        check_free(names_of(name), file=True)
    check_free(names_of(name), file=False)


def test_an_installed_distribution_is_a_clash(tmp_path, monkeypatch):
    """Even where its package has another name."""
    folder = tmp_path / "downbench_own-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: downbench-own\nVersion: 1.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(UserError, match="a package 'downbench-own' is installed already"):
        check_free(names_of("own"), file=False)
