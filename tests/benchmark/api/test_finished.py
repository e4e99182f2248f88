"""Finished runs in Python: opened, collected, compared, verified and applied."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from python_runs import rain

import downbench
from downbench import UserError
from downbench.api.applying import apply
from downbench.api.collecting import results
from downbench.api.comparing import compare
from downbench.api.opened import Run, open_run
from downbench.api.settings import setting_texts
from downbench.api.showing import Shown
from downbench.api.tables import headline_table, score_frame
from downbench.api.verifying import verify
from downbench.downscaling.asking import apply_file
from downbench.findings.stored_run import StoredRun

ASKED = dict.fromkeys(("seed", "start", "end", "sequence", "static"))
ASKED |= {"members": 1, "units": "mm/h", "dataset": "files", "settings": [], "device": "auto"}


def test_a_run_opens_with_its_scores_curves_and_fields(made):
    run = open_run(made.runs["noisy"].directory)
    stored = json.loads((run.directory / "run.json").read_text())
    assert run.scores["value"].tolist()[0] == stored["scores"][0]["value"]
    assert list(run.curves["psd"].columns) == ["truth", "ensemble"]
    assert run.curves["psd"].index.name.startswith("wavenumber")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [field] = run.predictions().data_vars.values()
    assert field.sizes == {"member": 4, "time": 14, "tile": 1, "y": 32, "x": 40}
    np.testing.assert_array_equal(field["time"], rain()["time"])
    truth = run.examples["truth"]
    np.testing.assert_array_equal(truth, rain().sel(time=truth["time"]))
    assert "noisy on files" in repr(run)
    assert str(run.directory) in run._repr_html_()


def test_what_was_not_kept_says_how_to_keep_it(made):
    stored = made.runs["noisy"].stored
    moved = StoredRun(stored.directory.parent / "elsewhere", stored.record)
    with pytest.raises(UserError, match="no examples"):
        _ = Run(moved).examples
    gone = StoredRun(made.folder / "a/b/c/samples/d/scores/e", stored.record)
    with pytest.raises(UserError, match="were not kept"):
        Run(gone).predictions()


def test_results_are_all_scores_of_a_folder(made, tmp_path):
    table = results(made.folder)
    assert table.groupby("method").size().to_dict() == {
        run.record.method.name: len(run.scores) for run in made.runs
    }
    assert set(table["directory"]) == {str(run.directory) for run in made.runs}
    assert results(tmp_path).columns.tolist() == table.columns.tolist()
    with pytest.raises(UserError, match="there is no folder of runs"):
        results(tmp_path / "none")


def test_a_damaged_run_is_left_out_with_a_warning(made, tmp_path):
    source = made.runs["noisy"].directory
    copy = tmp_path / source.relative_to(made.folder)
    copy.mkdir(parents=True)
    (copy / "run.json").write_text((source / "run.json").read_text().replace('"mm/h"', '"mm/d"', 1))
    with pytest.warns(downbench.DownbenchWarning, match="is left out"):
        assert not len(results(tmp_path))


def test_a_comparison_is_what_the_command_prints(made, bench):
    runs = [made.runs["noisy"], made.runs["nearest"].directory]
    result = compare(*runs, metric="crps")
    theirs = json.loads(bench("compare", runs[0].directory, runs[1], "--metric", "crps", "--json").stdout)
    first = result.differences.iloc[0]
    assert (first["first"], first["second"]) == ("noisy", "nearest")
    assert first["difference"] == theirs["differences"][0]["difference"]
    assert list(result.runs["method"]) == ["noisy", "nearest"]
    assert set(result.classes.columns) == {"metric", "component", "run", "class", "leader"}
    assert "noisy and nearest" in repr(result)
    assert result.seeds.empty
    with pytest.raises(UserError, match="one run alone"):
        compare(runs[0])


def test_a_verification_agrees(made):
    result = verify(made.runs["nearest"], frames=2)
    assert result.ok
    assert {"crps", "mse"} <= set(result.shown()["metric"])
    assert "all agree" in result._repr_html_()


def test_apply_gives_a_lazy_dataset(made, tmp_path):
    coarse = rain().fillna(0).coarsen(lat=4, lon=4).mean().assign_attrs(units="mm/h")
    coarse.to_dataset(name="precipitation").to_netcdf(tmp_path / "coarse.nc")
    fine = apply(made.runs["nearest"], tmp_path / "coarse.nc", tmp_path / "fine.zarr", members=1)
    assert fine["precipitation"].chunks is not None
    expected = coarse.to_numpy().repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_allclose(fine["precipitation"].squeeze(), expected, atol=1e-6)
    with pytest.raises(UserError, match="--units"):
        apply(made.runs["nearest"], tmp_path / "coarse.nc", tmp_path / "b.zarr", units="K")


def test_what_the_method_cannot_read_is_one_message(made, tmp_path):
    with pytest.raises(UserError):
        apply_file(made.runs["nearest"].directory, tmp_path / "none.nc", tmp_path / "a.zarr", **ASKED)


def test_long_tables_are_cut_and_say_so():
    class Many(Shown):
        title = "many"

        def facts(self):
            return {"name": "<b>"}

        def shown(self):
            return pd.DataFrame({"value": range(99)})

    assert "87 more rows" in repr(Many())
    html = Many()._repr_html_()
    assert "39 more rows" in html
    assert "&lt;b&gt;" in html


def test_settings_stay_what_they_are():
    assert setting_texts({"a.b": "1", "a.c": 1, "a.d": None, "a.e": [1, "x"]}) == [
        'a.b="1"',
        "a.c=1",
        "a.d=null",
        'a.e=[1, "x"]',
    ]
    assert setting_texts(None) == []


def test_headlines_are_the_whole_domain_and_time():
    rows = [
        {"metric": "m", "component": c, "region": r, "season": s, "value": v}
        for c, r, s, v in (("a", "all", "all", 1.0), ("b", "all", "all", 2.0), ("a", "sea", "all", 3.0))
    ]
    table = headline_table(score_frame(rows), {"m": "a"})
    assert table["value"].tolist() == [1.0]
