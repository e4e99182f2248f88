"""Start-up of the command line, against a bare interpreter in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 7
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "bench --help": ["-m", "downbench.cli.main", "--help"],
    "bench list": ["-m", "downbench.cli.main", "list"],
}


def seconds(arguments: list[str]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Take the commands in turn, so that drift of the machine meets all alike; print medians and ratios."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    bare = statistics.median(times["python -c pass"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:16} {median:6.3f} s  {median / bare:5.1f} x a bare interpreter")


if __name__ == "__main__":
    main()
