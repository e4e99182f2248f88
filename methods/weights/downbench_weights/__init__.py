"""Weights of downbench: model folders and their cards. downbench reads the folder without an import."""
