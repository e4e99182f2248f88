"""Start-up of the command line, against a bare interpreter in the same run: CPU and wall time."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

RUNS = 7
BENCH = ("-m", "downbench.cli.main")
COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "bench --help": (*BENCH, "--help"),
    "bench list": (*BENCH, "list"),
    "bench list references": (*BENCH, "list", "references"),
    "bench show crps": (*BENCH, "show", "crps"),
    "bench show ofdiff": (*BENCH, "show", "ofdiff"),
}


def seconds(arguments: tuple[str, ...]) -> tuple[float, float]:
    """CPU and wall time of one call."""
    wall, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, time.perf_counter() - wall


def main() -> None:
    """Take the commands in turn, so that drift of the machine meets all alike; print medians and ratios."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    medians = {
        name: [statistics.median(each) for each in zip(*own, strict=True)] for name, own in times.items()
    }
    bare, _ = medians["python -c pass"]
    print(f"medians of {runs}, load {os.getloadavg()[0]:.1f}")
    for name, (cpu, wall) in medians.items():
        print(f"{name:22} {cpu:6.2f} s of CPU, {cpu / bare:5.1f} x a bare interpreter; {wall:6.2f} s")


if __name__ == "__main__":
    main()
