"""Built-in leaderboard of downbench."""
