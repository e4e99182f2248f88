"""How long a request will take: by earlier runs, else by what presets took elsewhere, else not known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from downbench import Config, MethodInfo, PresetCost
from downbench.contracts.configuration import build_config
from downbench.files import write_json
from downbench.plugins.session import registry
from downbench.suite.asking import ask
from downbench.suite.estimate import calibration, earlier
from downbench.suite.estimate import estimate as module
from downbench.suite.estimate.calibration import slowness, work
from downbench.suite.estimate.earlier import Took
from downbench.suite.estimate.estimate import estimate, expected, quickest_first
from downbench_methods import downbench_methods
from downbench_methods.costs import costs_of

DEMO = Path(__file__).parents[4] / "examples" / "demo.yaml"


class Parameters(Config):
    """Of a method with presets."""

    steps: int = 10
    width: int = 8
    lr: float = 0.1
    conserve: bool = True


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A plan of a method whose preset takes 60 s, on a machine half as quick."""
    monkeypatch.setattr(module, "slowness", lambda: 2.0)

    def make(
        name="mine",
        seed=0,
        steps=10,
        width=8,
        lr=0.1,
        conserve=True,
        is_mean=True,
        preset="tiny",
        costs=True,
        members=4,
        fingerprint="f",
        role="method",
        factor=8,
    ):
        cost = PresetCost(60, 1.0, steps="steps", free=("lr",))
        info = MethodInfo(name=name, target="a:b", costs={"tiny": cost} if costs else {})
        presets = {"tiny": {"steps": 10}, "paper": {"steps": 99}}
        fit = tmp_path / name / f"fit-{seed}-{steps}"
        sample = fit / "samples" / str(members)
        fields = [SimpleNamespace(fine=np.zeros((50, 1, 100, 100)))]
        trained = SimpleNamespace(fingerprint=lambda: fingerprint)
        return SimpleNamespace(
            info=info,
            name=name,
            method_class=SimpleNamespace(
                presets=presets,
                Config=Parameters,
                where_not_mean={"conserve": False},
                preset_at=lambda preset, factor: {"steps": 10} if factor == 8 else {"steps": 20},
            ),
            config=Parameters(steps=steps, width=width, lr=lr, conserve=conserve),
            preset=preset,
            budget=None,
            role=role,
            weights=None,
            members=members,
            frames=SimpleNamespace(
                count=50,
                sequences=fields,
                trained=trained,
                coarse_is_mean=is_mean,
                dataset=SimpleNamespace(factor=factor),
            ),
            directory=SimpleNamespace(fit=fit, sample=sample, score=sample / "scores" / "s"),
        )

    return make


def took(plan, fit_seconds, sample_seconds):
    """Write what an earlier run of a plan took."""
    dataset = {"fingerprint": plan.frames.trained.fingerprint()}
    method = {"configuration": plan.config.model_dump()}
    fit = {"method": method, "dataset": dataset, "budget": None, "cost": {"wall_s": fit_seconds}}
    plan.directory.sample.mkdir(parents=True)
    write_json(plan.directory.fit / "fit.json", fit)
    sample = {"cost": {"wall_s": sample_seconds}, "frames": {"n": 50}, "members": plan.members}
    write_json(plan.directory.sample / "sample.json", sample)


def test_a_preset_counts_with_the_speed_of_this_machine(plan):
    assert expected(plan()) == (
        2 * 60 + 2 * 1.0 * 2,
        "preset",
    )  # 2 million values
    assert estimate([plan()]) == (
        "expect  about 2 min for 1 run: 1 by what its preset took elsewhere, good to a factor of 3"
    )


def test_other_training_steps_scale_the_fit_and_not_the_samples(plan):
    assert expected(plan(steps=5)) == (2 * 60 / 2 + 2 * 1.0 * 2, "preset")
    assert expected(plan(steps=30)) == (3 * 2 * 60 + 2 * 1.0 * 2, "preset")


def test_steps_that_make_times_equal_at_another_factor_take_as_long(plan):
    assert expected(plan(steps=20, factor=4)) == expected(plan(steps=10))
    assert expected(plan(steps=10, factor=4)) == expected(plan(steps=5))


def test_parameters_that_are_free_change_nothing_and_others_leave_it_unknown(plan):
    assert expected(plan(lr=0.5)) == expected(plan())
    assert expected(plan(lr=0.5, steps=5)) == expected(plan(steps=5))
    assert expected(plan(lr=0.5, width=16)).source == "unknown"
    assert expected(plan(lr=0.5, width=16, steps=5)).source == "unknown"


def test_what_the_suite_sets_where_coarse_rain_is_no_mean_changes_nothing(plan):
    assert expected(plan(conserve=False, is_mean=False)) == expected(plan())
    assert expected(plan(conserve=False)).source == "unknown"


def test_an_earlier_run_counts_more(plan):
    took(plan(), 30.0, 10.0)
    assert expected(plan(seed=1, members=8)) == (30 + 20, "earlier")
    assert "as earlier runs here took" in estimate([plan(seed=1)])


def test_a_finished_fit_costs_nothing_more(plan):
    took(plan(), 30.0, 10.0)
    assert expected(plan(members=8)) == (20, "earlier")


def test_runs_of_other_parameters_or_data_say_nothing(plan):
    took(plan(), 30.0, 10.0)
    assert expected(plan(width=16, seed=1)).source == "unknown"
    assert expected(plan(width=16, steps=20, seed=1)).source == "unknown"
    assert expected(plan(seed=1, fingerprint="g")).source == "preset"
    assert expected(plan(preset="paper", steps=99)).source == "unknown"


def test_what_is_not_known_is_named(plan):
    strange = plan(name="strange", costs=False)
    assert estimate([strange]) == "expect  1 run; nothing is known of how long strange will take"
    text = estimate([plan(), strange], jobs=2)
    assert text.startswith("expect  about 62 s for 2 runs")
    assert text.endswith("without strange, of which nothing is known")


def test_of_many_that_are_not_known_a_few_are_named(plan):
    strange = [plan(name=f"m{i}", costs=False) for i in range(9)]
    assert "how long m0, m1, m2, m3 and 5 others will take" in estimate(strange)
    assert "how long m0, m1, m2, m3, m4 will take" in estimate(strange[:5])


def test_a_run_that_takes_most_of_the_time_is_named_with_what_leaves_it_out(plan):
    took(plan(name="quick"), 1.0, 1.0)
    slow, quick = plan(name="noise", role="control"), plan(name="quick", seed=1)
    assert "for 2 runs (noise 2 min; --no-controls leaves out noise): " in estimate([slow, quick])
    assert "--no-controls" not in estimate([plan(name="noise"), quick])
    assert "(" not in estimate([slow])


def test_first_results_are_there_soon(plan):
    took(plan(name="quick"), 1.0, 1.0)
    took(done := plan(name="done"), 30.0, 10.0)
    slow, quick, strange = plan(), plan(name="quick", seed=1), plan(name="strange", costs=False)
    order = [one.info.name for one in quickest_first([slow, quick, done, strange])]
    assert order == ["done", "strange", "quick", "mine"]


def test_nothing_is_said_where_all_is_done_or_quick(plan):
    done = plan()
    done.directory.score.mkdir(parents=True)
    (done.directory.score / "run.json").touch()
    assert estimate([done]) == ""
    quick = plan(seed=3)
    took(quick, 0.1, 0.1)
    assert estimate([plan(seed=4)]) == ""


def test_damaged_records_are_passed_over(plan):
    took(plan(), 30.0, 10.0)
    (plan().directory.fit / "fit.json").write_text("{")
    assert earlier.earlier(plan(seed=1)) == Took()


def test_a_machine_that_is_twice_as_slow_takes_twice_as_long(monkeypatch):
    monkeypatch.setattr(calibration, "work", lambda: 2 * calibration.THERE)
    slowness.cache_clear()
    assert slowness() == pytest.approx(2)
    slowness.cache_clear()


def test_the_work_is_done_and_counted():
    assert 0 < work() < 60


def test_threads_of_libraries_that_spin_do_not_count_as_slowness():
    """BLAS with two threads works in one of them: a busy machine does not seem many times slower."""
    code = (
        "import time\n"
        "from downbench.suite.estimate.calibration import work\n"
        "before = time.thread_time()\n"
        "told = work()\n"
        "own = time.thread_time() - before\n"
        "print((told - own) / own)"
    )
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | threads, check=True, capture_output=True, text=True
    )
    assert float(done.stdout) < 0.05


def test_the_time_of_the_demo_is_known():
    """Each method of ``examples/demo.yaml`` is scaled from what its preset took."""
    for spec in ask(DEMO).methods:
        entry = registry().find("method", spec.name)
        method = entry.load()
        cost = module._cost_of_preset(
            SimpleNamespace(
                info=entry.info,
                method_class=method,
                preset=spec.preset,
                config=build_config(spec.name, method.Config, method.presets, spec.preset, spec.set),
                frames=SimpleNamespace(coarse_is_mean=True, dataset=SimpleNamespace(factor=8)),
            )
        )
        steps = spec.set["train_steps"] / method.presets[spec.preset]["train_steps"]
        assert cost is not None, spec.name
        assert cost.fit == pytest.approx(420 * steps)


def test_every_method_of_the_table_is_one():
    methods = {method.name: method for method in downbench_methods()}
    assert methods["ofdiff"].costs["tiny"].fit == 420
    assert methods["unet"].costs == costs_of(methods["unet"])
    assert sum(bool(method.costs) for method in methods.values()) >= 24
