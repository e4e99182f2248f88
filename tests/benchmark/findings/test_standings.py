"""Standings name runs by their place in the list, whatever cannot be read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from stored import make_metrics, stored

from downbench import UserError
from downbench.findings import row_scores
from downbench.findings import standings as module
from downbench.findings.standings import find_standings

DAYS = np.random.default_rng(0).gamma(4, 1, 60)
NOISE = np.random.default_rng(1).normal(size=60)
NOISE += 0.01 - NOISE.mean()  # a little worse on average, which 60 days cannot tell


@pytest.fixture
def stand(monkeypatch, tmp_path):
    """Standings of runs; None stands for one that cannot be read."""

    def call(*runs):
        places = {tmp_path / str(i): run for i, run in enumerate(runs)}
        for path, run in places.items():
            if run is not None:
                run.directory = path

        def open_run(path: Path):
            if places[path] is None:
                raise UserError("damaged")
            return places[path]

        monkeypatch.setattr(module, "open_run", open_run)
        monkeypatch.setattr(row_scores, "make_metrics", make_metrics)
        return find_standings([[path] for path in places]).places

    return call


def test_the_best_leads_and_the_far_one_has_a_class_of_its_own(stand):
    found = stand(stored(DAYS + 5), stored(DAYS), stored(DAYS + NOISE))["mean", ""]
    assert {i: place.rank for i, place in found.items()} == {0: 1, 1: 0, 2: 0}
    assert (found[1].behind, found[2].leader, found[0].leader) == (None, 1, 0)
    assert found[0].behind.value == pytest.approx(5)


def test_a_run_that_cannot_be_read_has_no_place_and_shifts_nobody(stand):
    found = stand(None, stored(DAYS + 5), None, stored(DAYS))["mean", ""]
    assert {i: place.rank for i, place in found.items()} == {1: 1, 3: 0}
    assert found[1].leader == 1


def test_one_run_stands_nowhere(stand):
    assert stand(stored(DAYS)) == {}
    assert stand(stored(DAYS), None) == {}


def test_too_few_days_give_no_intervals_and_no_classes(stand):
    assert stand(stored(DAYS[:5]), stored(DAYS[:5] + 1)) == {}


def test_other_frames_are_refused(stand):
    with pytest.raises(UserError, match="different frames"):
        stand(stored(DAYS), stored(DAYS, key="others"))


def test_a_metric_of_another_version_has_no_standing(stand):
    old = stored(DAYS, metrics=("mean", "root"))
    old.record.metrics["root"].version = 0
    assert set(stand(old, stored(DAYS, metrics=("mean", "root")))) == {("mean", "")}


def test_seeds_of_one_method_are_one_row(monkeypatch, tmp_path):
    """Its value is their mean; what the seeds make uncertain widens the interval of its difference."""
    rng = np.random.default_rng(2)
    seeds = [stored(DAYS + 1 + shift, directory=f"s{shift}") for shift in (-0.9, 0.0, 0.9)]
    runs = {
        Path(run.directory): run for run in (*seeds, stored(DAYS + rng.normal(0, 0.1, 60), directory="b"))
    }
    monkeypatch.setattr(module, "open_run", runs.__getitem__)
    monkeypatch.setattr(row_scores, "make_metrics", make_metrics)
    *three, other = runs
    folded = find_standings([three, [other]])
    alone = find_standings([[three[1]], [other]])
    behind, narrow = folded.places["mean", ""][0].behind, alone.places["mean", ""][0].behind
    assert behind.value == pytest.approx(narrow.value)
    assert behind.high - behind.low > 5 * (narrow.high - narrow.low)
    paired = folded.drawn["mean", ""][0] - folded.drawn["mean", ""][1]
    assert 2 * folded.reach() * paired.std() == pytest.approx(behind.high - behind.low, rel=0.2)


def test_seeds_of_a_record_without_intervals_are_their_mean_too(monkeypatch):
    monkeypatch.setattr(row_scores, "make_metrics", make_metrics)
    few = DAYS[:5]
    rows = [[stored(few), stored(few + 3)], [stored(few + 1)]]
    scored, _ = module.score_rows(rows)
    assert scored[0].values["mean"][""] == pytest.approx(few.mean() + 1.5)
    assert scored[1].values["mean"][""] == pytest.approx(few.mean() + 1)
    assert scored[0].no_interval == scored[1].no_interval != ""


def test_errors_of_either_sign_do_not_cancel_over_seeds(monkeypatch):
    runs = {
        Path(d): stored(DAYS - DAYS.mean() + x, directory=d, metrics=("zero",))
        for d, x in zip("abc", (-2, 2, 1), strict=True)
    }
    monkeypatch.setattr(module, "open_run", runs.__getitem__)
    monkeypatch.setattr(row_scores, "make_metrics", make_metrics)
    a, b, c = runs
    places = find_standings([[a, b], [c]]).places["zero", ""]
    assert (places[1].behind, places[0].behind.value) == (None, pytest.approx(1))


def test_regions_and_seasons_keep_the_headlines_that_all_seeds_have(monkeypatch):
    """Resamples as scoring keeps them, of two seeds a row; where one lacks a part, its row has none."""
    runs = {Path(d): stored(DAYS + x, directory=d) for d, x in zip("abcd", (0, 1, 5, 6), strict=True)}
    for run in runs.values():
        run.record.scores.append(SimpleNamespace(region="land", season="all", n_eff=25))
    land = {Path(d): np.full(400, float(i)) for i, d in enumerate("abcd")}
    kept = {path: {("land", "all"): {"mean": own}} for path, own in land.items()}
    kept[Path("d")] = {}
    monkeypatch.setattr(module, "open_run", runs.__getitem__)
    monkeypatch.setattr(row_scores, "make_metrics", make_metrics)
    monkeypatch.setattr(row_scores, "kept_parts", lambda run: kept[run.directory])
    a, b, c, d = runs
    standings = find_standings([[a, b], [c, d]], parts=True)
    (blocks, drawn) = standings.parts["land", "all"]
    assert blocks == 25
    assert drawn["mean", ""].keys() == {0}
    assert set(np.unique(drawn["mean", ""][0].round(6))) <= {
        round(0.5 + s * 2**0.5, 6) for s in (-0.5, 0, 0.5)
    }
    assert find_standings([[a, b], [c, d]]).parts == {}
