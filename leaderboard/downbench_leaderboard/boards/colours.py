"""One colour for each method on all pages of a site."""

from __future__ import annotations

from collections.abc import Iterable

COLOURS = 12  # that the style sheet has
CONTROLS = 5  # muted ones, for controls


def colours_of(methods: Iterable[tuple[tuple[str, str], bool]]) -> dict[tuple[str, str], str]:
    """Maker of each method to the class of its colour, handed out in turn.

    Args:
        methods: distribution and name of a method, and whether it is a control anywhere; a method that comes
            last changes the colour of no other.
    """
    pairs = dict.fromkeys(methods)
    controls = dict.fromkeys(maker for maker, control in pairs if control)
    others = dict.fromkeys(maker for maker, _ in pairs if maker not in controls)
    return {maker: f"m{i % COLOURS}" for i, maker in enumerate(others)} | {
        maker: f"k{i % CONTROLS}" for i, maker in enumerate(controls)
    }
