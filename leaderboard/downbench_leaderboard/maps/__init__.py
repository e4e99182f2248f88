"""Example frames of runs as images."""
