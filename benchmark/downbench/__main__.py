"""``python -m downbench``, as torchrun needs it: the command ``bench``."""

from downbench.cli.main import run

if __name__ == "__main__":
    run()
