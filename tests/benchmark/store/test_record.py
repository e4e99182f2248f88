"""Records are what was written, to the last digit, or they are refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from records import edit_record, write_content

from downbench.files import digest_json
from downbench.store.record import FitRecord, RunRecord, SampleRecord, read_record, write_record
from downbench.store.record_parts import Cost, DatasetPart, Device, FramesPart, MethodPart, RainPart

METHOD = MethodPart(
    name="nearest",
    distribution="downbench",
    version="1",
    title="Nearest neighbour",
    probabilistic=False,
    preset=None,
    configuration={"width": 8, "rate": 0.1},
    parameters={},
    reference="",
    tags=["control"],
    weights=None,
)
DATASET = DatasetPart(
    name="toy",
    variant="",
    label="toy",
    standin=True,
    licence="CC0",
    fingerprint="f" * 64,
    factor=8,
    step_hours=3.0,
    configuration={"holes": False},
    notes=[],
    splits={"test": "the end"},
    predictors=["precipitation"],
)
COST = Cost(wall_s=0.1 + 0.2, cpu_s=1e-9, peak_memory_mb=None, memory_source="none")
DEVICE = Device(name="cpu", cpus=2, machine="x86_64")


def a_fit() -> FitRecord:
    return FitRecord(key="k", method=METHOD, dataset=DATASET, seed=3, budget=None, device=DEVICE, cost=COST)


def a_sample() -> SampleRecord:
    return SampleRecord(
        key="k",
        frames=FramesPart(key="f", n=3, first="2020-01-01T00:00:00", last="2020-01-01T06:00:00"),
        members=2,
        rain=RainPart(negative_fraction=1 / 3, minimum=-0.1),
        device=DEVICE,
        cost=COST,
        arrays={"zarr.json": "0" * 64},
    )


@pytest.mark.parametrize("record", [a_fit(), a_sample()], ids=["fit", "sample"])
def test_a_record_comes_back_to_the_last_digit(tmp_path: Path, record: FitRecord | SampleRecord) -> None:
    write_record(tmp_path / "record.json", record)
    assert read_record(tmp_path / "record.json", type(record)) == record


def test_the_digest_is_that_of_the_other_keys(tmp_path: Path) -> None:
    """As docs/use/runs.md says it, so that others can check it with their own tools."""
    write_record(tmp_path / "fit.json", a_fit())
    content = json.loads((tmp_path / "fit.json").read_text())
    digest = content.pop("digest")
    assert digest == digest_json(content)
    assert content["schema_version"] == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [('"seed": 3', '"seed": 4'), ('"wall_s": 0.30000000000000004', '"wall_s": 0.3'), ('"toy"', '"toi"')],
)
def test_an_edited_value_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "fit.json"
    write_record(path, a_fit())
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=r"fit\.json is damaged: its content is not what was written"):
        read_record(path, FitRecord)


def test_another_layout_of_the_same_content_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    write_record(path, a_fit())
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert read_record(path, FitRecord) == a_fit()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "does not have the digest"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_a_record_says_why(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_record(tmp_path / "run.json", RunRecord)
    with pytest.raises(ValueError, match="cannot be read"):
        read_record(tmp_path / "absent.json", RunRecord)


def test_missing_unknown_and_wrong_keys_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    for change, message in (
        (lambda fit: fit["method"].pop("title"), "method.title: Field required"),
        (lambda fit: fit.update(colour="red"), "colour: Extra inputs are not permitted"),
        (lambda fit: fit.update(seed="many"), "seed: Input should be a valid integer"),
        (
            lambda fit: fit.update(schema_version=2),
            r"another release of downbench: its layout is of version 2, this release reads version 1",
        ),
    ):
        write_record(path, a_fit())
        edit_record(path, change)
        with pytest.raises(ValueError, match=message):
            read_record(path, FitRecord)


def test_numbers_that_json_does_not_have_are_not_written() -> None:
    with pytest.raises(ValueError, match="finite number"):
        Cost(wall_s=float("nan"), cpu_s=None, peak_memory_mb=None, memory_source="")


def test_a_lone_surrogate_is_neither_lost_nor_a_crash(tmp_path: Path) -> None:
    """A file name that is not UTF-8 reaches Python as one."""
    content = a_fit().model_dump(mode="json") | {"key": "\udcff"}
    write_content(tmp_path / "fit.json", content)
    assert read_record(tmp_path / "fit.json", FitRecord).key == "\udcff"
