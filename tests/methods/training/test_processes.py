"""Several processes, pieces of a batch and parts trained in turn: the same training as one process's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import train_toy as toy
from toy_runs import PLUGIN
from train_toy import train_toy

from downbench import Processes, UserError
from downbench.suite.processes import started_processes
from downbench_methods.training.checkpoint import read_tensors
from downbench_methods.training.losses import masked_mean
from downbench_methods.training.processes import sharing

ALONE = Processes()
LAUNCH = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
# sums in another order, so that float32 rounding differs
CLOSE = {"rtol": 1e-4, "atol": 1e-6}


def launch(*arguments, cwd=None, fails=""):
    """Run a command in two processes, as a user does; where it ``fails``, that stands in what it tells."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*LAUNCH, *map(str, arguments)], env=environment, cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode != 0) == bool(fails), done.stderr
    assert fails in done.stderr
    return done


def plain(log):
    """Log lines without the time they took."""
    return [{k: v for k, v in line.items() if k != "seconds"} for line in log]


def check_same(weights, log, other_weights, other_log):
    for ours, theirs in zip(plain(log), plain(other_log), strict=True):
        assert list(ours) == list(theirs)
        np.testing.assert_allclose(list(ours.values()), list(theirs.values()), **CLOSE)
    for name, value in weights.items():
        np.testing.assert_allclose(value, other_weights[name], **CLOSE)


@pytest.mark.parametrize("turns", [False, True])
def test_two_processes_train_as_one_with_the_whole_batch(tmp_path, turns):
    weights, log, _ = train_toy(tmp_path / "one", ALONE, turns)
    launch(Path(toy.__file__), tmp_path / "two", json.dumps({"turns": turns}))
    first, second = (json.loads((tmp_path / "two" / f"rank{rank}.json").read_text()) for rank in (0, 1))
    assert first["weights"] == second["weights"]
    check_same(weights, log, first["weights"], first["log"])
    assert lines(tmp_path / "two" / "log.jsonl") == plain(first["log"])  # written once
    assert not any("validation_score" in line for line in second["log"])  # worked out once


def two(root, **options):
    """Train in two processes, and give what each says."""
    launch(Path(toy.__file__), root, json.dumps(options))
    return [json.loads((root / f"rank{rank}.json").read_text()) for rank in (0, 1)]


def chosen(results):
    return [[line for line in result["log"] if "ways" in line] for result in results]


def test_measuring_in_several_processes_leaves_no_trace(tmp_path):
    """With every way refused, training is that without measuring to the bit; with all kept, to rounding."""
    options = {"traced": True, "turns": True, "checkpoint_every": 1, "validate_every": 6}
    checkpoints, told = {}, {}
    for name, gain in (("without", {}), ("refused", {"gain": 0.0}), ("kept", {"gain": 1e9})):
        told[name] = two(tmp_path / name, **options, **gain)
        checkpoints[name], _ = read_tensors(tmp_path / name / "checkpoint.safetensors")
    assert chosen(told["without"]) == [[], []]
    for name, ways in (("refused", []), ("kept", ["channels_last"])):
        (line,), (same,) = chosen(told[name])
        assert line == same
        assert line["step"] == 0
        assert line["ways"] == ways
        assert set(line["seconds_of_a_step"]) == {"plain", "channels_last"}
    for name, value in checkpoints["without"].items():
        assert torch.equal(value, checkpoints["refused"][name])
        torch.testing.assert_close(value, checkpoints["kept"][name], rtol=1e-9, atol=1e-12)


def test_killed_processes_take_up_what_they_had_chosen(tmp_path):
    """They measure once: their clock has nothing to tell when they come back."""
    options = {"turns": True, "train_steps": 8}
    seconds = [[999.0, 999.0, 500.0], [998.0, 999.0, 600.0]]
    whole = two(tmp_path / "whole", seconds=seconds, **options)
    command = Path(toy.__file__), tmp_path / "killed"
    launch(*command, json.dumps({"seconds": seconds, "kill": 5, **options}), fails="KeyboardInterrupt")
    resumed = two(tmp_path / "killed", seconds=[[], []], **options)
    assert whole[0]["weights"] == whole[1]["weights"] == resumed[0]["weights"] == resumed[1]["weights"]
    line = {
        "step": 0,
        "seconds_of_a_step": {"plain": 999.0, "channels_last": 600.0},
        "ways": ["channels_last"],
    }
    assert chosen(whole) == [[line], [line]]
    assert lines(tmp_path / "killed" / "log.jsonl") == lines(tmp_path / "whole" / "log.jsonl")


@pytest.mark.parametrize("seconds", [999.0, float("inf")])
def test_the_slowest_process_decides_for_all(tmp_path, seconds):
    """One finds that channels last pays; with the other it does not, or fails."""
    results = two(tmp_path, seconds=[[999.0, 999.0, 500.0], [999.0, 999.0, seconds]])
    (line,), (same,) = chosen(results)
    assert line == same
    assert line["ways"] == []
    assert line["seconds_of_a_step"]["channels_last"] == (seconds if seconds == 999.0 else None)


@pytest.mark.slow
def test_bench_run_fits_in_two_processes(tmp_path, bench):
    names = ("ofdiff", "wgan-gp")
    command = ["run", "-d", "toy", "--preset", "smoke", "--limit", "2", "--members", "2", "--metric", "bias"]
    for name in names:
        command += ["-m", name, "--set", f"{name}.log_every=1"]
    command += ["--no-controls", *PLUGIN]
    done = launch("-m", "downbench", *command, "--json", cwd=tmp_path)
    results = json.loads(done.stdout)["runs"]  # the other process prints nothing
    assert [result["status"] for result in results] == ["finished"] * 2
    bench(*command, "--runs", "alone")
    for name in names:
        (alone,), (together,) = (
            Path(tmp_path, runs).rglob(f"{name}/*/model/log.jsonl") for runs in ("alone", "runs")
        )
        for ours, theirs in zip(lines(alone), lines(together), strict=True):
            assert list(ours) == list(theirs)
            # root mean squares are worked out in each process for itself
            told = [key for key in ours if key not in ("generator_spread", "generator_error")]
            np.testing.assert_allclose(
                [ours[key] for key in told], [theirs[key] for key in told], rtol=2e-3, atol=1e-5
            )


def lines(path):
    return plain([json.loads(line) for line in path.read_text().splitlines()])


@pytest.mark.parametrize("turns", [False, True])
def test_pieces_of_complete_fields_add_up_to_the_batch(tmp_path, turns):
    whole, log, _ = train_toy(tmp_path / "whole", ALONE, turns, gaps=False)
    pieces, again, _ = train_toy(tmp_path / "pieces", ALONE, turns, gaps=False, accumulate=2)
    check_same(whole, log, pieces, again)


def test_killed_with_pieces_and_turns_resumes_to_the_bit(tmp_path):
    options = {"turns": True, "accumulate": 2, "train_steps": 8}
    whole, log, _ = train_toy(tmp_path / "whole", ALONE, **options)
    with pytest.raises(KeyboardInterrupt):
        train_toy(tmp_path / "killed", ALONE, **options, kill=5)
    resumed, again, _ = train_toy(tmp_path / "killed", ALONE, **options)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert plain(log) == plain(again)


def test_killed_before_the_first_checkpoint_logs_every_line_once(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train_toy(tmp_path, ALONE, kill=2)
    _, log, _ = train_toy(tmp_path, ALONE)
    assert lines(tmp_path / "log.jsonl") == plain(log)


def test_turns_train_their_part_alone(tmp_path):
    start = toy.Toy(1, turns=True).state_dict()
    for steps, moved in ((2, {"one"}), (3, {"one", "two"})):
        weights, _, _ = train_toy(tmp_path / str(steps), ALONE, True, gaps=False, train_steps=steps, ema=0.0)
        if steps == 2:  # averages are taken once a round, so the checkpoint shows what the steps did
            stored, _ = read_tensors(tmp_path / "2" / "checkpoint.safetensors")
            weights = {k.removeprefix("model."): v for k, v in stored.items() if k.startswith("model.")}
        changed = {name.split(".")[0] for name in start if not torch.equal(start[name], weights[name])}
        assert changed - {"level"} == moved


def test_a_batch_that_cannot_be_shared_out(tmp_path):
    with pytest.raises(UserError, match="cannot be shared out to 1 processes in 3 pieces"):
        train_toy(tmp_path, ALONE, accumulate=3)


def test_a_budget_ends_with_the_best_checkpoint(tmp_path):
    options = {"train_steps": 10**6, "validate_every": 10**6, "checkpoint_every": 10**6, "log_every": 10**6}
    weights, log, _ = train_toy(tmp_path, ALONE, budget=0.5, **options)
    assert [line["step"] for line in log] == [log[0]["step"]] * 2  # losses and validation of the last step
    assert log[0]["step"] < 10**6
    best, _ = read_tensors(tmp_path / "best.safetensors")
    assert all(torch.equal(best[name], weights[name]) for name in weights)


def test_progress_tells_steps_and_terms(tmp_path):
    _, _, told = train_toy(tmp_path, ALONE)
    assert [text.split("  ")[0] for text in told] == [f"step {k}" for k in range(1, 7)]
    assert all("loss" in text for text in told)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Processes()),
        ({"RANK": "3", "WORLD_SIZE": "8", "LOCAL_WORLD_SIZE": "4"}, Processes(3, 8, 4)),
        (
            {"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "8", "SLURM_STEP_NUM_NODES": "2"},
            Processes(1, 8, 4),
        ),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "8"}, Processes()),  # a batch script, not a step of it
    ],
)
def test_processes_are_those_that_a_launcher_started(monkeypatch, variables, expected):
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert started_processes() == expected


def test_weights_are_shared_only_while_training():
    with sharing(1):
        assert masked_mean(torch.ones(3), torch.tensor([0.0, 1.0, 1.0])) == 1
    assert masked_mean(torch.ones(3), torch.zeros(3)) == 0
