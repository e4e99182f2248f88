"""Which tensors are halved: large single-precision ones within the range of half precision, no others."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from downbench.exchange import half_precision as module
from downbench.exchange.half_precision import LARGEST, SMALL, copy_model


@pytest.fixture
def cards(monkeypatch):
    """Cards are read and written by others; here they are plain JSON."""

    class Card:
        def __init__(self, **fields):
            self.fields = fields

        def model_copy(self, update):
            return Card(**self.fields, **update)

    monkeypatch.setattr(module, "read_record", lambda path, model: Card())
    monkeypatch.setattr(module, "write_record", lambda path, card: path.write_text(json.dumps(card.fields)))


def copied(tmp_path, tensors):
    source = tmp_path / "model"
    source.mkdir()
    save_file(tensors, source / "w.safetensors")
    changed = copy_model(source, tmp_path / "copy", "half", half=True)
    return changed, load_file(tmp_path / "copy" / "w.safetensors")


def test_single_precision_is_halved_and_other_kinds_are_kept(tmp_path, cards):
    few = np.linspace(-1, 1, SMALL - 1, dtype=np.float32)
    tensors = {
        "a.weight": np.linspace(-1, 1, SMALL, dtype=np.float32),
        "b.weight": np.arange(SMALL),
        "c.weight": np.ones(SMALL),
        "few.bias": few,
        "scores.table": np.linspace(-1, 1, SMALL, dtype=np.float32),
    }
    changed, now = copied(tmp_path, tensors)
    assert changed
    assert {name: values.dtype for name, values in now.items()} == {
        "a.weight": "f2",
        "b.weight": "i8",
        "c.weight": "f8",
        "few.bias": "f4",
        "scores.table": "f4",
    }
    np.testing.assert_array_equal(now["few.bias"], few)
    np.testing.assert_allclose(now["a.weight"], tensors["a.weight"], rtol=2**-11)
    assert "w.safetensors" in json.loads((tmp_path / "copy" / "model.json").read_text())["files"]


def test_what_half_precision_cannot_hold_stays(tmp_path, cards):
    changed, now = copied(tmp_path, {"a.weight": np.full(SMALL, LARGEST * 2, np.float32)})
    assert not changed
    assert now["a.weight"].dtype == np.float32
