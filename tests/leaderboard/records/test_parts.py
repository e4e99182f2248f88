"""Fields, scores and cards of a record: what is wrong is named, what is right is as it was written."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from downbench_leaderboard.records.cards import DatasetCard
from downbench_leaderboard.records.fields import FileName
from downbench_leaderboard.records.scores import read_scores


@pytest.mark.parametrize(
    ("path", "name"),
    [("/home/me/rain.nc", "rain.nc"), ("C:\\data\\rain.nc", "rain.nc"), (None, ""), ("rain.nc", "rain.nc")],
)
def test_of_a_path_only_the_last_part_is_read(path, name):
    assert TypeAdapter(FileName).validate_python(path) == name


def test_a_wrong_score_is_named_by_its_number(make):
    scores = make.run("ofdiff")["scores"][:2]
    assert [score.metric for score in read_scores(scores)] == ["crps", "crps"]
    with pytest.raises(ValueError, match=r"^1\.value"):
        read_scores([scores[0], {**scores[1], "value": "many"}])


def test_a_stand_in_says_so_in_its_name():
    assert DatasetCard(name="a", variant="b").shown == "a (b)"
    assert DatasetCard(name="a", label="rain", standin=True).shown == "rain (stand-in)"
