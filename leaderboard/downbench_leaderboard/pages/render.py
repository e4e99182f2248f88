"""Templates to pages: one HTML file each, with its styles, script and data inside, and nothing else to load.

All text is escaped by jinja2, all data as JSON without a character that HTML knows. A content security policy
on top allows only the page's own script and style sheet, by their hashes, and no address outside the site.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from downbench import __version__
from downbench_leaderboard.maps.images import LEVELS, palette, ticks

NOTHING = "\N{EN DASH}"
ARROWS = {"lower": "↓", "higher": "↑", "zero": "→0", "none": ""}
BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "zero": "nearer zero is better",
    "none": "neither high nor low is better",
}
_SCALE = 65  # colours of the drawn scale


_EXPONENT = re.compile(r"e([+-])0*(\d+)")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("downbench_leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        duration=duration,
        count=count,
        shown=shown,
        packed=packed_json,
        breakable=breakable,
        linked=linked,
        step=step,
        period=period,
    )
    environment.globals.update(
        arrows=ARROWS,
        better=BETTER,
        version=__version__,
        rain_colours=_rain_colours(),
        rain_ticks=ticks,
    )
    return environment


def _rain_colours() -> list[str]:
    steps = [round(i * (LEVELS - 1) / (_SCALE - 1)) for i in range(_SCALE)]
    return ["#{:02x}{:02x}{:02x}".format(*palette()[step]) for step in steps]


@cache
def _asset(name: str) -> str:
    return files("downbench_leaderboard").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _script(names: tuple[str, ...]) -> tuple[str, str]:
    """The one script of a page, and its policy."""
    script, style = "\n" + "\n".join(_asset(name) for name in names), _asset("style.css")
    own, looks = (b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style))
    policy = (
        f"default-src 'none'; script-src 'sha256-{own}'; style-src 'sha256-{looks}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return script, policy


def render(template: str, scripts: Sequence[str], **context: Any) -> str:
    """Render a page with the named scripts, in order, as its one script."""
    script, policy = _script(tuple(scripts))
    return (
        _environment()
        .get_template(template)
        .render(script=Markup(script), style=Markup(_asset("style.css")), policy=policy, **context)
    )


def packed_json(value: Any) -> Markup:
    """JSON that may stand in a ``script`` element whatever its texts hold."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    for character, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027")):
        text = text.replace(character, code)
    return Markup(text)


def breakable(text: str) -> Markup:
    """A text whose long names may break where a reader would break them."""
    return Markup("_<wbr>").join(str(text).split("_"))


_CITED = re.compile(r"(?i:arxiv:\s?)(\d{4}\.\d{4,5})|(?i:doi:\s?)(10\.\d{4,9}/[\w.;()/-]*[\w)])")


def linked(text: str) -> Markup:
    """A reference whose arXiv number or DOI leads to the paper; all else of it stays text."""
    parts, end = Markup(), 0
    for cited in _CITED.finditer(text):
        arxiv, doi = cited.groups()
        address = f"https://arxiv.org/abs/{arxiv}" if arxiv else f"https://doi.org/{doi}"
        parts += escape(text[end : cited.start()])
        parts += Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, cited.group())
        end = cited.end()
    return parts + escape(text[end:])


def shown(value: float) -> str:
    """A score as the scripts write it; ``null`` where it is nan."""
    text = "null" if math.isnan(value) else number(float(value))
    return _EXPONENT.sub(r"e\1\2", text).replace("-", "\N{MINUS SIGN}")


def shown_alike(values: Iterable[float]) -> list[str]:
    """Scores that stand side by side, of as many digits as any of them has: 0.03000 beside 0.05583."""
    plain = [(value, shown(value)) for value in values]
    most = min(4, max((_digits(text) for _, text in plain), default=0))
    return [_exactly(value, most) if 0 < _digits(text) < most else text for value, text in plain]


def _digits(text: str) -> int:
    """How many digits of a number say something; none of one that is zero, or none."""
    return len(re.sub(r"e.*|\D", "", text).lstrip("0")) if text != "null" else 0


def _exactly(value: float, digits: int) -> str:
    text = f"{value:#.{digits}g}".removesuffix(".")
    return _EXPONENT.sub(r"e\1\2", text).replace("-", "\N{MINUS SIGN}")


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


def step(hours: Any) -> str:
    """A time step for people: 5 min, 3 h, 24 h."""
    if isinstance(hours, int | float) and not isinstance(hours, bool) and 0 < hours < 1:
        return f"{number(60 * hours, 3)} min"
    return f"{number(hours)} h"


def period(first: str, last: str) -> str:
    """From one time to another: dates, and times of day where both are of one date."""
    (day, _, begin), (other, _, end) = (time[:16].partition("T") for time in (first, last))
    return f"{day} {begin} to {end}" if day == other and begin else f"{day} to {other}"


def duration(seconds: Any) -> str:
    """Seconds for people: 85 ms, 4.2 s, 12 min, 3.1 h."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return number(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
