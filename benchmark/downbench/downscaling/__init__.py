"""Somebody's own coarse file, downscaled."""
