"""Built-in leaderboard of downbench: run directories become a static, offline site."""

from __future__ import annotations

from downbench import CommandInfo, hookimpl


@hookimpl
def downbench_commands() -> list[CommandInfo]:
    """Declare ``bench leaderboard``."""
    return [
        CommandInfo(
            name="leaderboard",
            target="downbench_leaderboard.command:leaderboard",
            title="Build a static site from run directories",
        )
    ]
