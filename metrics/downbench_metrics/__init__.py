"""Built-in metrics of downbench."""
