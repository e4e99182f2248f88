"""Reference results of downbench: archives and their index. downbench reads the folder without an import."""
