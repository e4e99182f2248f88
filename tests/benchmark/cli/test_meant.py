"""A command line that is not understood is answered with what was meant."""

from __future__ import annotations

import pytest

from downbench.cli.meant import meant


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("run ofdiff", "did you mean `bench run --method ofdiff`?"),
        ("run ofdif xshield", "did you mean `bench run --method ofdiff --dataset xshield`?"),
        ("run -m ofdiff xshield", "did you mean `bench run ... --dataset xshield`?"),
        ("run crps -m ofdiff", "did you mean `bench run ... --metric crps`?"),
        ("run plan.yaml", "did you mean `bench run --suite plan.yaml`?"),
        ("run .", "did you mean `bench run --data-root .`?"),
        ("list method ofdiff", "Got unexpected extra argument"),
        ("list metrix", "did you mean `bench list metrics`?"),
        ("list unet", "did you mean `bench show unet`?"),
        ("list nothing-like-it", "there are: methods, metrics, datasets, studies, references and weights"),
        ("lst", "Did you mean 'list'?"),
        ("methods", "did you mean `bench list methods`?"),
        ("metric", "did you mean `bench list metrics`?"),
        ("ofdiff", "did you mean `bench show ofdiff` or `bench run --method ofdiff`?"),
        ("crps", "did you mean `bench show crps`?"),
        ("xyzzy", "`bench --help` lists the commands"),
        ("run --methud ofdiff", "--method"),
        ("compare a b --sesaon JJA", "--season"),
        ("data chek x.nc", "Did you mean 'check'?"),
    ],
)
def test_the_answer(bench, line, answer):
    assert answer in bench(*line.split(), code=2).stderr


def test_the_singular_is_understood(bench):
    assert bench("list", "method").stdout == bench("list", "methods").stdout
    assert bench("list", "study").stdout.startswith("Studies")


def test_nothing_is_guessed_where_nothing_is_close(bench):
    error = bench("run", "qqqq", code=2).stderr
    assert "qqqq" in error
    assert "did you mean" not in error


class Unlike(Exception):
    """Another mistake of usage."""

    def format_message(self):
        """Nothing that is known here."""
        return "Missing argument 'RUN'."


def test_other_mistakes_get_no_hint():
    assert meant(Unlike()) == ""
