"""Templates to pages: one HTML file each, with its styles, script and data inside, and nothing else to load.

All text is escaped by jinja2, all data by its ``tojson``. A content security policy on top allows only the
page's own script, by its hash, and no address outside the site.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from downbench import __version__, component_direction
from downbench_leaderboard.columns import unit_power

NOTHING = "\N{EN DASH}"
ARROWS = {"lower": "↓", "higher": "↑", "zero": "→0", "none": ""}
BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "zero": "nearer zero is better",
    "none": "",
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("downbench_leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, duration=duration, count=count)
    environment.globals.update(
        arrows=ARROWS,
        better=BETTER,
        version=__version__,
        unit_power=unit_power,
        component_direction=component_direction,
    )
    return environment


def _asset(name: str) -> str:
    return files("downbench_leaderboard").joinpath("templates", name).read_text(encoding="utf-8")


def render(template: str, scripts: tuple[str, ...], **context: Any) -> str:
    """Render a page with the named scripts, in order, as its one script."""
    script = "\n" + "\n".join(_asset(name) for name in scripts)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(script=Markup(script), style=Markup(_asset("style.css")), policy=policy, **context)
    )


def number(value: Any, digits: int = 4) -> str:
    """A number with so many significant digits; a dash where there is none."""
    if value is None:
        return NOTHING
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:.{digits}g}"


def count(value: Any) -> str:
    """Large counts in a few digits: 19.28 M."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return number(value)
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.4g} {letter}"
    return number(value)


def duration(seconds: Any) -> str:
    """Seconds for people: 85 ms, 4.2 s, 12 min, 3.1 h."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return number(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
