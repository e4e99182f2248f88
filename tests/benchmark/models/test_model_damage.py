"""Files of a model by their digests, and weights held against what they are used for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from downbench import Config, UserError
from downbench.models.model_card import digest_files
from downbench.models.model_damage import card_digest, files_damage, model_damage
from downbench.models.weights import Weights, open_weights


@pytest.fixture
def model(tmp_path):
    """A folder with two files, and its card."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.bin").write_bytes(b"weights")
    (tmp_path / "deep" / "b.bin").write_bytes(b"more")
    return tmp_path, SimpleNamespace(files=digest_files(tmp_path))


def test_whole_files_have_no_damage_and_a_log_does_not_count(model):
    folder, card = model
    (folder / "log.jsonl").write_text("{}")
    assert files_damage(folder, card) == ""


def test_a_changed_and_a_missing_file_are_named(model):
    folder, card = model
    (folder / "deep" / "b.bin").write_bytes(b"mors")
    assert files_damage(folder, card) == "deep/b.bin is not the file that they were saved with"
    (folder / "deep" / "b.bin").unlink()
    assert files_damage(folder, card) == "deep/b.bin is missing"


def test_a_model_without_its_card_is_damaged(model):
    folder, _ = model
    assert "model.json" in model_damage(folder)
    assert card_digest(folder) is None


class Settings(Config):
    """Parameters."""

    width: int = 8
    steps: int = 1


def weights(**units):
    method = SimpleNamespace(name="m", distribution="d", version="1", configuration={"width": 16, "steps": 5})
    card = SimpleNamespace(method=method, units=units, inputs=["precipitation", *units])
    return Weights(Path("w"), card, 0, frozenset({"steps"}))


def test_another_configuration_is_refused_but_for_what_counts_in_sampling_only():
    weights().check_configuration(Settings(width=16, steps=2))
    with pytest.raises(UserError, match=r"width \(16 in the weights, 8 here\)") as caught:
        weights().check_configuration(Settings())
    assert "steps" not in str(caught.value).split("without")[0]


def test_a_configuration_of_another_version_is_named():
    old = weights()
    old.card.method.configuration["depth"] = 3
    with pytest.raises(UserError, match=r"another version of d:m: depth"):
        old.configuration(Settings)


@pytest.mark.parametrize(
    ("fitted", "given", "fine"),
    [("K", "K", True), ("m s-1", "m/s", True), ("K", "degC", False), ("", "K", True), ("K", "", True)],
)
def test_units_must_be_the_same_where_both_are_known(fitted, given, fine):
    if fine:
        weights(t=fitted).check_units({"t": given})
    else:
        with pytest.raises(UserError, match=f"t is in '{given}'.*'{fitted}'"):
            weights(t=fitted).check_units({"t": given})


def test_folders_without_weights_are_refused(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        open_weights(tmp_path / "gone")
    with pytest.raises(UserError, match="holds no fitted model"):
        open_weights(tmp_path)
