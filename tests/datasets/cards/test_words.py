"""Messages about the data of a card name the card's keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench import UserError
from downbench_datasets.cards.words import in_card_words, words_of_card
from downbench_datasets.reading.settings import option


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (option("units", "mm/h"), "settings: {units: mm/h}"),
        (option("units", "m day-1"), "settings: {units: m day-1}"),
        (
            f"say which: {option('zr', '[200,1.6]')} (Marshall)",
            "say which: settings: {zr: [200,1.6]} (Marshall)",
        ),
        ("(--set files.stamp=start|middle|end says so)", "(settings: {stamp: start|middle|end} says so)"),
        ("mark them: --set files.missing=-9999; else", "mark them: settings: {missing: -9999}; else"),
        ("leave it as it is", "leave it as it is"),
    ],
)
def test_options_become_keys(text: str, words: str) -> None:
    assert in_card_words(text) == words


def test_a_message_names_the_card_where_it_names_a_key() -> None:
    with pytest.raises(UserError) as refusal, words_of_card(Path("mine.yaml")):
        raise UserError("no units", option("units", "mm/h"))
    assert refusal.value.hint == "settings: {units: mm/h} (in the card mine.yaml)"
    with pytest.raises(UserError) as plain, words_of_card(Path("mine.yaml")):
        raise UserError("no file", "give one")
    assert plain.value.hint == "give one"
