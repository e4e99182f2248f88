"""Built-in methods of downbench."""
