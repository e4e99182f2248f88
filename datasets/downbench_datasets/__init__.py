"""Built-in datasets of downbench."""
