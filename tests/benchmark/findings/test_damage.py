"""Damage anywhere in a run directory is named by doctor and verify, and never read as good."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from records import edit_record
from toy_runs import PLUGIN, toy_run

from downbench.errors import DownbenchError
from downbench.findings.damage import damages_of, find_damages, find_leftovers
from downbench.findings.stored_run import open_run
from downbench.store.run_directory import fit_of, sample_of

METRICS = ("--metric", "crps", "--metric", "emd")
FRAMES = 120


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of two metrics."""
    folder = tmp_path_factory.mktemp("made") / "runs"
    toy_run(folder, "noisy", "--members", "2", *METRICS, frames=FRAMES)
    return folder


@pytest.fixture
def score(made, tmp_path):
    """A copy of it, its score directory."""
    shutil.copytree(made, tmp_path / "runs")
    [record] = (tmp_path / "runs").rglob("run.json")
    return record.parent


def run_again(bench, *more, code=0):
    """The command that made the run, perhaps with more metrics."""
    command = ("run", "-m", "noisy", "-d", "toy", "--no-controls", "--set", f"toy.frames={FRAMES}")
    return bench(*command, "--members", "2", *METRICS, *more, "--json", *PLUGIN, code=code)


def flip(path: Path, at: float = 0.5) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 8
    path.write_bytes(bytes(content))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def chunk(folder: Path) -> Path:
    """The largest chunk of an array."""
    return max((path for path in folder.rglob("c/**/*") if path.is_file()), key=lambda p: p.stat().st_size)


DAMAGE = {  # what is done to the score directory, and what must be named
    "bit in predictions": (lambda s: flip(chunk(sample_of(s) / "predictions.zarr")), "predictions.zarr"),
    "chunk of predictions lost": (
        lambda s: chunk(sample_of(s) / "predictions.zarr").unlink(),
        "1 chunks of 's0' are missing",
    ),
    "chunk of predictions cut": (
        lambda s: chunk(sample_of(s) / "predictions.zarr").write_bytes(b"short"),
        "predictions.zarr",
    ),
    "metadata of predictions": (
        lambda s: replace(sample_of(s) / "predictions.zarr" / "s0" / "zarr.json", "mm/h", "mm/d"),
        "s0/zarr.json is not what was written",
    ),
    "bit in statistics": (lambda s: flip(chunk(s / "statistics.zarr")), "statistics"),
    "value of run.json": (
        lambda s: replace(s / "run.json", '"members": 2', '"members": 3'),
        "run.json is damaged: its content is not what was written",
    ),
    "value of sample.json": (
        lambda s: replace(sample_of(s) / "sample.json", '"members": 2', '"members": 3'),
        "sample.json",
    ),
    "value of fit.json": (lambda s: replace(fit_of(s) / "fit.json", '"seed": 0', '"seed": 1'), "fit.json"),
    "model.json lost": (lambda s: (fit_of(s) / "model" / "model.json").unlink(), "model.json"),
    "value of model.json": (
        lambda s: replace(fit_of(s) / "model" / "model.json", '"seed": 0', '"seed": 1'),
        "model.json",
    ),
    "another model.json": (
        lambda s: edit_record(fit_of(s) / "model" / "model.json", lambda card: card.update(seed=1)),
        "model.json is not the one that the fit wrote",
    ),
    "bit in a file of the model": (
        lambda s: flip(fit_of(s) / "model" / "config.json"),
        "config.json is not the file that they were saved with",
    ),
    "bit in an example": (
        lambda s: flip(chunk(s / "examples.zarr")),
        "examples.zarr is not what was written",
    ),
    "an example is gone": (
        lambda s: chunk(s / "examples.zarr").unlink(),
        "examples.zarr is not what was written",
    ),
    "bit in scores.parquet": (lambda s: flip(s / "scores.parquet"), "scores.parquet is not what was written"),
    "scores.parquet lost": (lambda s: (s / "scores.parquet").unlink(), "scores.parquet is missing"),
}


def test_a_whole_run_is_in_order(score):
    assert list(find_damages(score.parents[6])) == []
    assert list(damages_of(score)) == []


@pytest.mark.parametrize("what", DAMAGE)
def test_all_damage_is_named(score, what):
    damage, words = DAMAGE[what]
    damage(score)
    named = list(find_damages(score.parents[6]))
    assert [words in reason for _, reason in named] == [True]
    assert list(damages_of(score)) == named


def test_doctor_and_verify_tell(bench, score):
    flip(chunk(sample_of(score) / "predictions.zarr"))
    report = json.loads(bench("doctor", "--json", *PLUGIN, code=1).stdout)
    [damaged] = report["damaged_runs"]
    assert Path(damaged["directory"]) == sample_of(score).relative_to(Path.cwd())
    assert "checksum" in damaged["reason"]
    refused = bench("verify", score, *PLUGIN, code=1)
    assert "predictions.zarr is damaged" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_damaged_predictions_are_never_scored(bench, score):
    flip(chunk(sample_of(score) / "predictions.zarr"))
    refused = bench("score", score, "--metric", "bias", *PLUGIN, code=1)
    assert "predictions.zarr is damaged: 's0', frames" in refused.stderr
    assert len(list(score.parent.iterdir())) == 1


@pytest.mark.parametrize(
    "what", ["bit in predictions", "chunk of predictions lost", "metadata of predictions"]
)
def test_a_run_samples_damaged_predictions_again(bench, score, what):
    """The warning names them, and the scores are those of before."""
    before = open_run(score).record.scores
    DAMAGE[what][0](score)
    assert "predictions.zarr is damaged" in run_again(bench, "--metric", "bias").stderr
    [other] = [path for path in score.parent.iterdir() if path != score]
    after = [row for row in open_run(other).record.scores if row.metric != "bias"]
    assert after == before
    assert (sample_of(score) / "predictions.zarr.damaged-1").is_dir()


def test_a_damaged_model_does_not_sample(bench, score):
    shutil.rmtree(sample_of(score))
    (fit_of(score) / "model" / "model.json").unlink()
    result = run_again(bench, code=1)
    [outcome] = json.loads(result.stdout)["runs"]
    assert "model.json is damaged" in outcome["reason"]


def test_an_edited_score_is_redone(bench, score):
    """From what stands in run.json no number reaches a table."""
    before = open_run(score).record
    value = next(row.value for row in before.scores if row.metric == "crps")
    replace(score / "run.json", repr(value), repr(value / 2))
    with pytest.raises(DownbenchError, match="its content is not what was written"):
        open_run(score)
    assert "set aside" in run_again(bench).stderr
    assert open_run(score).record.scores == before.scores


def test_any_flipped_byte_of_arrays_and_records_is_noticed(score):
    """Wherever it strikes: in a chunk's data or checksum, in metadata, in a record."""
    random = np.random.default_rng(5)
    kept = ("examples.zarr", ".lock", "ledger.json", "log.jsonl")
    files = [
        path
        for path in sorted(score.parents[6].rglob("*"))
        if path.is_file() and path.stat().st_size and not set(kept) & set(path.parts)
    ]
    for number in random.choice(len(files), 12, replace=False):
        path = files[number]
        before = path.read_bytes()
        content = bytearray(before)
        content[int(random.integers(len(content)))] ^= 1 << int(random.integers(8))
        path.write_bytes(bytes(content))
        if path.suffix != ".json" or _means_the_same(before, bytes(content)) is False:
            assert list(find_damages(score.parents[6])), path
        path.write_bytes(before)


def _means_the_same(one: bytes, other: bytes) -> bool:
    """White space in JSON may change."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def test_leftovers_are_listed_and_removed_by_the_next_command(bench, score):
    dead = 2**22 + 1
    for folder in (fit_of(score), score.parent, Path.cwd()):
        (folder / f".thing.{dead}.tmp").mkdir()
    report = json.loads(bench("doctor", "--json", *PLUGIN).stdout)
    assert len(report["leftovers"]) == 3
    bench("score", score, *PLUGIN)
    assert [path.parent for path in find_leftovers(score.parents[6])] == [Path.cwd()]
