"""One colour for each method on all pages of a site."""

from __future__ import annotations

from collections.abc import Iterable

COLOURS = 12  # that the style sheet has
CONTROLS = 5  # muted ones, for controls


def colours_of(methods: Iterable[tuple[tuple[str, str], bool]]) -> dict[tuple[str, str], str]:
    """Maker of each method to the class of its colour.

    Args:
        methods: distribution and name of a method, and whether it is a control anywhere.
    """
    pairs = set(methods)
    controls = sorted(maker for maker, control in pairs if control)
    others = sorted({maker for maker, _ in pairs} - set(controls))
    return {maker: f"m{i % COLOURS}" for i, maker in enumerate(others)} | {
        maker: f"k{i % CONTROLS}" for i, maker in enumerate(controls)
    }
