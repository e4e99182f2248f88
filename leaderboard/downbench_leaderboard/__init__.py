"""Built-in leaderboard of downbench: run directories become a static, offline site."""

from __future__ import annotations

from downbench import CommandInfo, hookimpl


@hookimpl
def downbench_commands() -> list[CommandInfo]:
    """Declare ``bench leaderboard`` and ``bench serve``."""
    return [
        CommandInfo(
            name="leaderboard",
            target="downbench_leaderboard.command:leaderboard",
            title="Build a static site from run directories",
        ),
        CommandInfo(
            name="serve",
            target="downbench_leaderboard.serve:serve",
            title="Show the leaderboard of a folder of runs as it grows",
        ),
    ]
