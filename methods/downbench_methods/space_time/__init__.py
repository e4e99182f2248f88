"""Super-resolution in space and time at once."""
