"""A prior of fine rain, guided by coarse rain when it samples."""
