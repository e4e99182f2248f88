"""What is declared of predictions: a key that is none is told as everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench.errors import UserError
from downbench.submission.declared import read_declared


@pytest.mark.parametrize(
    ("key", "hint"),
    [("license", "did you mean 'licence'?"), ("zzz", "its keys: name, title, authors, licence, ")],
)
def test_a_key_that_is_none_is_named_with_its_file(tmp_path: Path, key: str, hint: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"name: mine\n{key}: CC0\n")
    with pytest.raises(UserError) as caught:
        read_declared(tmp_path / "mine.nc", {})
    assert caught.value.message == f"{tmp_path / 'mine.yaml'}: there is no key {key!r}"
    assert caught.value.hint.startswith(hint)
