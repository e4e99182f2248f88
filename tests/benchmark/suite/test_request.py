"""Suite files and ``--set``: each request is understood, or refused with one message that names the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downbench.errors import UserError
from downbench.suite.request import (
    MethodSpec,
    Suite,
    apply_settings,
    apply_weights,
    build_suite,
    choose,
    read_suite,
)

WRONG: dict[str, tuple[str, str]] = {
    "a method without a name": ("datasets: [x]\nmethods:\n- {preset: tiny}\n", "line 3: methods.0.name: "),
    "a list in a list": ("methods: [[a, b]]\ndatasets: [x]\n", "line 1: methods.0: "),
    "a mapping for a list": ("methods: {a: b}\n", "line 1: methods: "),
    "a number for a method": ("methods: [a]\ndatasets:\n- 3\n", "line 3: datasets.0: "),
    "an unknown key": (
        "methods: [a]\nmember: 3\n",
        "line 2: there is no key 'member'\n  did you mean 'members'?",
    ),
    "a key of a dataset": (
        "datasets:\n- name: files\n  data_root: rain.nc\n",
        "line 3: there is no key 'datasets.0.data_root'\n  did you mean 'root'?",
    ),
    "a key of a method": (
        "methods:\n- name: a\n  weight_decay: 3\n",
        "line 3: there is no key 'methods.0.weight_decay'\n  ",
    ),
    "no seeds": ("methods: [a]\ndatasets: [x]\nseeds: []\n", "line 3: seeds: "),
    "no seeds of a method": ("methods:\n- {name: a, seeds: []}\n", "line 2: methods.0.seeds: "),
    "yes for a number": ("members: yes\n", "line 1: members: "),
    "too many members": ("members: 100000000000000000000\n", "line 1: members: "),
    "a seed beyond 64 bits": ("seeds: [0, 18446744073709551616]\n", "line 1: seeds.1: "),
    "infinity": ("budget: .inf\n", "line 1: '.inf' is not a finite number"),
    "infinity as text": ("budget: 'inf'\n", "line 1: budget: "),
    "no device": ("device: tpu\n", "line 1: device: "),
    "empty": ("", "is empty or not a mapping"),
    "a list": ("- a\n", "is empty or not a mapping"),
    "deep": ("methods: " + "[" * 40 + "]" * 40, "line 1: it is nested more than"),
}


def read(folder: Path, content: str | bytes) -> dict[str, Any]:
    path = folder / "my suite.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_suite(path)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_suite_is_one_message_with_file_and_line(tmp_path: Path, case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"suite {tmp_path / 'my suite.yaml'}")
    assert message in str(caught.value)


def test_other_encodings(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"my suite\.yaml, line 2: it is not UTF-8 text"):
        read(tmp_path, "methods: [a]\ndatasets: [Gewässer]\n".encode("latin-1"))
    assert read(tmp_path, "methods: [ä]\n".encode("utf-8-sig"))["methods"] == [{"name": "ä"}]
    with pytest.raises(UserError, match="is larger than 1 MB"):
        read(tmp_path, b"#" * 1_000_001)
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        read_suite(tmp_path)


def test_names_become_mappings_and_dates_stay_text(tmp_path: Path) -> None:
    content = read(tmp_path, "methods: [a, {name: b, set: {x: 2020-01-01}}]\ndatasets:\n")
    assert content == {"methods": [{"name": "a"}, {"name": "b", "set": {"x": "2020-01-01"}}], "datasets": []}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*Suite.model_fields, "x"])
SPECS = st.lists(
    st.text(max_size=5) | st.dictionaries(st.sampled_from([*MethodSpec.model_fields]), JSON, max_size=3),
    max_size=2,
)
SUITES = st.dictionaries(KEYS, JSON, max_size=4) | st.fixed_dictionaries(
    {"methods": SPECS, "datasets": SPECS}, optional={"seeds": JSON, "members": JSON, "device": JSON}
)


@given(SUITES, st.lists(st.text(max_size=8) | st.sampled_from(["a.x=1", "a.x={", "a.x=&a [*a]"]), max_size=2))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_suite_and_settings_are_understood_or_refused(
    tmp_path: Path, content: dict[str, Any], texts: list[str]
) -> None:
    suite, message = None, ""
    try:
        request = read(tmp_path, yaml.dump(content, allow_unicode=True).encode("utf-8", "surrogatepass"))
        request["methods"] = choose(request["methods"], ["a"])
        apply_settings(request, texts)
        apply_weights(request, texts)
        suite = build_suite(request)
    except UserError as error:
        message = error.message
    assert len(message.splitlines()) <= 2
    assert message or (suite.methods and suite.seeds)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("files.factor={", "--set 'files.factor={': it is not YAML"),
        ("files.factor=.inf", "--set 'files.factor=.inf': '.inf' is not a finite number"),
        ("files.x=&a [*a]", "nested more than"),
        ("files.x=[[", "it is not YAML"),
        ("factor=3", "is not 'name.key=value'"),
        ("other.x=3", "names no method or dataset"),
    ],
)
def test_a_wrong_setting_is_one_message(setting: str, message: str) -> None:
    request = {"methods": [{"name": "a"}], "datasets": [{"name": "files"}]}
    with pytest.raises(UserError) as caught:
        apply_settings(request, [setting])
    assert message in caught.value.message


def test_a_setting_without_a_name_is_told_with_the_names_it_may_be_of() -> None:
    request = {"methods": [{"name": "a"}], "datasets": [{"name": "files"}]}
    with pytest.raises(UserError) as caught:
        apply_settings(request, ["factor=4"])
    assert caught.value.hint.endswith("--set a.factor=4 or --set files.factor=4")


def test_the_longest_name_gets_the_setting() -> None:
    request: dict[str, Any] = {"methods": [{"name": "a"}, {"name": "a.b"}], "datasets": []}
    apply_settings(request, ["a.b.c=[1, 2]", "a.x=text"])
    assert request["methods"] == [{"name": "a", "set": {"x": "text"}}, {"name": "a.b", "set": {"c": [1, 2]}}]
