"""Options for every command may stand anywhere before ``--``."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench import UserError
from downbench.cli.global_options import split_options


def test_they_are_taken_from_anywhere_before_the_end_of_options() -> None:
    line = ["--plugin=a.py", "run", "--plugin", "b.py", "-m", "x", "--debug", "--", "--no-plugins"]
    options, rest = split_options(line)
    assert options.plugins == (Path("a.py"), Path("b.py"))
    assert (options.debug, options.no_plugins) == (True, False)
    assert rest == ["run", "-m", "x", "--", "--no-plugins"]


def test_a_plugin_without_a_file_is_refused() -> None:
    with pytest.raises(UserError, match="--plugin needs a file"):
        split_options(["run", "--plugin"])
