"""Types of parameters in words."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, PositiveInt

from downbench import Config
from downbench.cli.types import type_name


class Every(Config):
    """One of each kind that configurations have."""

    number: int = 1
    positive: PositiveInt = 1
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    switch: bool = True
    choice: Literal["ddim", "dpmpp", "heun"] = "ddim"
    only: Literal[0] = 0
    maybe: float | None = None
    either: float | Literal["shared", "fitted"] = 0.0
    pair: tuple[float, float] = (0.9, 0.99)
    several: tuple[PositiveInt, ...] = (1, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("number", "int"),
        ("positive", "int"),
        ("share", "float"),
        ("switch", "yes or no"),
        ("choice", "ddim, dpmpp or heun"),
        ("only", "0"),
        ("maybe", "float or none"),
        ("either", "float or shared or fitted"),
        ("pair", "float, float"),
        ("several", "list of int"),
    ],
)
def test_types_are_words(name, expected):
    assert type_name(Every.model_fields[name].annotation) == expected
