"""Whatever becomes of a record: it is read as it was written, or refused in one message; never a crash.

Each record is damaged as text (bytes flipped, lost and added) and as content (keys lost, values replaced),
the latter with the digest of the new content, so that no digest stands before what is tried.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import write_content
from toy_runs import toy_run

from downbench import DownbenchError, RunFile, UserError, find_runs
from downbench.models.weights import open_weights
from downbench.results.stored_run import open_run
from downbench.store.run_directory import fit_of
from downbench_leaderboard.reading import read_records

NUMBERS: list[Any] = [-1, 0, 10**400, 1.5, float("inf"), float("nan")]
ODD: list[Any] = [
    *NUMBERS,
    None,
    True,
    "",
    "text",
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    {"a": None},
    [1, "a"],
    {"": {}},
]
EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    """Score directory of a finished run."""
    return toy_run(tmp_path_factory.mktemp("made") / "runs", "noisy", "--members", "2", "--metric", "crps")


def nested(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def change(content: Any, draw: random.Random) -> None:
    """Replace, lose or add something at a random depth, in place."""
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    if not keys:
        return
    key = draw.choice(keys)
    if isinstance(content[key], dict | list) and content[key] and draw.random() < 0.7:
        change(content[key], draw)
    elif draw.random() < 0.3:
        del content[key]
    else:
        content[key] = nested(draw.choice([50, 300])) if draw.random() < 0.1 else draw.choice(ODD)


def damaged_text(text: bytes, draw: random.Random) -> bytes:
    """Text with something flipped, lost or added."""
    at, much = draw.randrange(len(text)), draw.randrange(1, 200)
    kind = draw.randrange(4)
    if kind == 0:
        return text[:at] + bytes([text[at] ^ (1 << draw.randrange(8))]) + text[at + 1 :]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return text[:at] + text[at + much :]
    return text[:at] + draw.choice([b"[" * 100_000, b"\xff\xfe", b"NaN", b"1e999", b"\\ud800"]) + text[at:]


def damage(path, whole: bytes, seed: int, with_digest: bool) -> None:
    """Damage a record at random."""
    draw = random.Random(seed)
    if not with_digest:
        path.write_bytes(damaged_text(whole, draw))
        return
    content = json.loads(whole)
    for _ in range(draw.randrange(1, 4)):
        change(content, draw)
    try:
        write_content(path, content)
    except ValueError:  # a number that JSON does not have
        path.write_text(json.dumps(content))


@EXAMPLES
@given(st.integers(0, 2**32), st.booleans())
def test_run_json(score, seed, with_digest):
    path = score / "run.json"
    whole, before, messages = path.read_bytes(), open_run(score).record, []
    damage(path, whole, seed, with_digest)
    try:
        root = score.parents[6]
        files = [RunFile(root / "without examples", file.run, file.reason) for file in find_runs(root)]
        shown, _, hidden = read_records(files, root)
        assert len(shown) + len(hidden) == 1  # one or the other
        try:
            after = open_run(score).record
        except DownbenchError as error:
            messages.append(error.message)
        else:
            assert with_digest or after == before
            json.dumps(after.model_dump(mode="json"), allow_nan=False)
    finally:
        path.write_bytes(whole)
    assert not any("\n" in message for message in messages)


@EXAMPLES
@given(st.integers(0, 2**32), st.booleans())
def test_model_json(score, seed, with_digest):
    path = fit_of(score) / "model" / "model.json"
    whole, before, messages = path.read_bytes(), open_weights(fit_of(score)).card, []
    damage(path, whole, seed, with_digest)
    try:
        after = open_weights(fit_of(score)).card
    except UserError as error:
        messages.append(error.message)
    else:
        assert with_digest or after == before
    finally:
        path.write_bytes(whole)
    assert not any("\n" in message for message in messages)
