"""The notebook of the docs runs, and the one that is kept was made from its source, without an error."""

from __future__ import annotations

import json

import numpy as np
import pytest
from folders import ROOT

from downbench import Run

SOURCE = ROOT / "docs" / "notebooks" / "first_look.py"
KEPT = SOURCE.with_name("first-look.ipynb")


def code_cells():
    """Code of each cell of the source."""
    cells = SOURCE.read_text(encoding="utf-8").split("\n# %%")[1:]
    return [cell.split("\n", 1)[1].strip() for cell in cells if not cell.startswith(" [markdown]")]


def test_it_runs_on_small_sizes(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    small = "\n".join(code_cells()).replace(
        "FRAMES, SIZE, MEMBERS = 200, 64, 8", "FRAMES, SIZE, MEMBERS = 50, 32, 3"
    )
    assert "50, 32, 3" in small
    names = {"__name__": "notebook"}
    exec(compile(small, "notebook", "exec"), names)
    assert [run.record.method.name for run in names["runs"]] == ["bicubic", "analogs", "lognormal-cascade"]
    assert isinstance(names["runs"]["analogs"], Run)
    values = names["scores"].groupby("metric")["value"].first()
    error = abs(names["shifted"] - names["truth"].to_numpy())
    expected = float(error.weighted(np.cos(np.deg2rad(error["lat"]))).mean())
    assert values["crps"] == pytest.approx(expected, rel=1e-3)  # of one member, the absolute error
    assert values["bias"] == pytest.approx(0, abs=1e-3)


@pytest.mark.skipif(not KEPT.is_file(), reason="the notebook has not been made: make notebook")
def test_the_kept_notebook_is_of_this_source_and_has_its_outputs():
    notebook = json.loads(KEPT.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert ["".join(cell["source"]) for cell in cells] == code_cells()
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = [set(output.get("data", {})) for cell in cells for output in cell["outputs"]]
    assert sum("image/png" in kind for kind in kinds) == 4
    assert sum("text/html" in kind for kind in kinds) >= 5
    assert not any(output["output_type"] == "error" for cell in cells for output in cell["outputs"])
    assert "/tmp/" not in KEPT.read_text(encoding="utf-8")
