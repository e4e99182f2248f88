"""Boards: the runs that were scored on the same frames, as rows and columns."""
