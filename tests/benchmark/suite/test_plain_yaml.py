"""Plain YAML: what it gives, and that nothing else gets through."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench.errors import UserError
from downbench.suite.plain_yaml import DEEPEST, read_yaml

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc xyz:-#'", max_size=6)
KEYS = st.text("abcdef", min_size=1, max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def refused(text: str) -> str:
    with pytest.raises(UserError) as caught:
        read_yaml(text, "suite s.yaml")
    return caught.value.message


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_plain_data_come_back_as_they_were(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value), "text").value == value


@given(st.text(max_size=40) | st.text("{}[]&*!<>|:-?,#%@`'\" \n\tab01.~", max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_with_one_message(text: str) -> None:
    message = "text: "
    try:
        read_yaml(text, "text")
    except UserError as error:
        message = error.message
    assert message.startswith(("text: ", "text, line "))


def test_merge_keys_and_aliases_give_what_the_safe_loader_gives() -> None:
    text = "base: &b {x: 1, y: [2]}\nother: {<<: *b, x: 3}\nsame: *b\nboth: {<<: [*b, {y: 5, z: 6}]}\n"
    assert read_yaml(text, "text").value == yaml.safe_load(text)


def test_a_date_is_text() -> None:
    assert read_yaml("start: 2020-01-01", "text").value == {"start": "2020-01-01"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {", "suite s.yaml, line 2: it is not YAML"),
        ("a: .inf", "suite s.yaml, line 1: '.inf' is not a finite number"),
        ("a: 1\nb: .nan\n", "suite s.yaml, line 2: '.nan' is not a finite number"),
        ("a: 1\na: 2", "suite s.yaml, line 2: the key 'a' stands there twice"),
        ("1: 2", "suite s.yaml, line 1: a key is not text"),
        ("? [a]\n: 1", "suite s.yaml, line 1: a key is not text"),
        ("a: !!python/name:os.system x", "is not plain data"),
        ("a: !!set {x}", "'set' is not plain data"),
        ("a: !!binary aGk=", "'binary' is not plain data"),
        ("a: !!int many", "'many' is not of the type that it claims"),
        ("a: " + "9" * 5000, "is not of the type that it claims"),
        ('a: "\\0"', "has a character that is not text"),
        ('a: "\\ud800"', "has a character that is not text"),
        ("a: \x07", "suite s.yaml, line 1: it has a character that is not text"),
        ("a: &a [*a]", f"it is nested more than {DEEPEST} levels deep"),
        ("[" * 100_000, f"it is nested more than {DEEPEST} levels deep"),
        ("a: 1\n---\nb: 2", "it is not YAML"),
        ("a: *missing", "it is not YAML: found undefined alias"),
        ("a: {<<: 3}", "<< needs a mapping"),
        ("a" * 1_000_001, "suite s.yaml is larger than 1 MB"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, message: str) -> None:
    assert message in refused(text)


def test_a_bomb_of_aliases_is_refused_before_it_is_made() -> None:
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "it holds more than 10,000 values" in refused("members:\n" + "\n".join(lines))


def test_a_value_has_its_line_and_a_missing_one_that_of_its_parent() -> None:
    document = read_yaml("methods:\n- name: a\n  seeds:\n  - 1\n  - x\n", "suite s.yaml")
    assert document.where(("methods", 0, "seeds", 1)) == "suite s.yaml, line 5"
    assert document.where(("methods", 0, "preset", "x")) == "suite s.yaml, line 2"
