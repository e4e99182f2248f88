"""What the leaderboard reads of run directories, and why a run is not shown."""
