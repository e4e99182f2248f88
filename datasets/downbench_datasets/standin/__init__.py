"""The embedded stand-in: synthetic rain on a cubed sphere, version 1."""
