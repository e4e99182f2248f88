"""Whatever becomes of a record: it is read as it was written, or refused in one message; never a crash.

Each record is damaged as text (bytes flipped, lost and added) and as content (keys lost, values replaced),
the latter with the digest of the new content, so that no digest stands before what is tried.
"""

from __future__ import annotations

import json

import pytest
from damaging import damage
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_runs import toy_run

from downbench import DownbenchError, RunFile, UserError, find_runs
from downbench.findings.stored_run import open_run
from downbench.models.weights import open_weights
from downbench.store.run_directory import fit_of
from downbench_leaderboard.records.reading import Hidden, read_records

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    """Score directory of a finished run."""
    return toy_run(tmp_path_factory.mktemp("made") / "runs", "noisy", "--members", "2", "--metric", "crps")


@EXAMPLES
@given(st.integers(0, 2**32), st.booleans())
def test_run_json(score, seed, with_digest):
    path = score / "run.json"
    whole, before, messages = path.read_bytes(), open_run(score).record, []
    damage(path, whole, seed, with_digest)
    try:
        root = score.parents[6]
        files = [RunFile(root / "without examples", file.run, file.reason) for file in find_runs(root)]
        [reading] = read_records(files, root)  # shown or hidden, one or the other
        assert not isinstance(reading, Hidden) or reading.reason
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
