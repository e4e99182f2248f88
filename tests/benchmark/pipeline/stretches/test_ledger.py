"""What is left of an ensemble is told by tile, group of members and time, and anybody may finish it."""

from __future__ import annotations

import numpy as np
import pytest
import zarr

from downbench import DownbenchWarning
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.fit import fit
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.sample import sample
from downbench.pipeline.stretches.ledger import SampleLedger, name_of, resume, what_is_left
from downbench.pipeline.stretches.storing import open_array, store_stretch
from downbench.store.run_directory import LEDGER, PARTIAL

pytestmark = pytest.mark.usefixtures("small_chunks")


def test_what_a_cluster_has_left_is_finished_here(tmp_path, plan, stored):
    """Arrays that were created for two groups of members keep them."""
    one = plan(tmp_path, "all")
    fit(one)
    partial = one.directory.sample / PARTIAL
    for number in (0, 1):
        open_array(one.sampling, number, partial, groups=2)
    ledger = resume(partial)
    left = what_is_left(one.sampling, partial, ledger)
    assert {stretch.group for stretch in left} == {(0, 2), (2, 3)}
    assert len(left) == 2 * len({(stretch.sequence, stretch.tile) for stretch in left}) == 8
    [(done, rain, _)] = store_stretch(one.sampling, load_model(one.sampling), left[1], partial)
    ledger.note(name_of(one.sampling, done), done, rain)
    assert what_is_left(one.sampling, partial, resume(partial)) == [left[0], *left[2:]]
    record, _ = sample(one.sampling)
    assert record.rain == stored[1].rain
    own, theirs = (zarr.open_group(each.directory.predictions, mode="r") for each in (one, stored[0]))
    for name in ("s0", "s1"):
        np.testing.assert_array_equal(own[name][:], theirs[name][:])


def test_a_damaged_ledger_is_set_aside_and_work_begins_anew(tmp_path):
    partial = tmp_path / PARTIAL
    partial.mkdir()
    (partial / LEDGER).write_text("{")
    with pytest.warns(DownbenchWarning, match="ledger.json.*set aside"):
        assert resume(partial) == SampleLedger(partial / LEDGER, {}, Rain())
    assert not partial.exists()
