"""What the harness costs: a run, less what the method and the metrics take of it.

    python tests/performance/bench_overhead.py [days] [preset] [training steps] [--profile]

A method that costs nothing and OF-Diff, on the stand-in with tiles of 64 x 64 cells, eight members and the
standard set; in this process, with one thread. OF-Diff is fitted twice, with so many training steps (75
unless others are asked for) and with twice as many: the harness takes as many seconds either way, and from
what a step takes follows the share of the harness at the preset's own number of steps, which is worked out
and not run. Measured in seconds of CPU, which other work on the machine does not change much, and of wall
time. Of the method counts the code of ``fit``, ``save``, ``load`` and ``sample``; of the metrics
``statistics``, ``value`` and ``curve``, each of them also where intervals are worked out; the rest is the
harness: opening and reading data, checking and storing samples, regions, resampling, records. ``--profile``
prints where that goes for the method that costs nothing.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

PLUGIN = Path(__file__).parents[1] / "plugins" / "costless.py"
SIZE, MEMBERS = 64, 8
Seconds = dict[str, list[float]]  # of CPU and of wall time, by whose they are


class Clock:
    """Time that calls take, by whose they are; a call within another one counts once."""

    def __init__(self) -> None:
        self.seconds: Seconds = defaultdict(lambda: [0.0, 0.0])
        self._busy = False
        self.watched: list[tuple[type, str, Any]] = []  # and what each had of its own in that place

    @contextmanager
    def of(self, whose: str) -> Iterator[None]:
        """Count the block."""
        if self._busy:
            yield
            return
        self._busy = True
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.seconds[whose][0] += time.process_time() - cpu
            self.seconds[whose][1] += time.perf_counter() - wall
            self._busy = False

    def watch(self, owner: type, name: str, whose: str) -> None:
        """Count the calls of a function of a class; of a generator, each of its steps."""
        original = getattr(owner, name)
        plain = getattr(original, "__func__", original)  # of a class method, without its class

        def counted(*arguments: Any, **options: Any) -> Any:
            with self.of(whose):
                result = plain(*arguments, **options)
            return self._steps(result, whose) if isinstance(result, Iterator) else result

        self.watched.append((owner, name, vars(owner).get(name)))
        setattr(owner, name, counted if plain is original else classmethod(counted))

    def leave(self) -> None:
        """Watch no longer: what is run after that is no part of these seconds."""
        for owner, name, own in self.watched:
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

    def _steps(self, steps: Iterator[Any], whose: str) -> Iterator[Any]:
        while True:
            with self.of(whose):
                step = next(steps, self)
            if step is self:
                return
            yield step


def plan_of(method: str, preset: str, settings: dict[str, int], days: int, runs: Path) -> Any:
    """The plan of a run on the stand-in."""
    from downbench.pipeline.metric_set import make_metrics
    from downbench.suite.request import build_suite
    from downbench.suite.suite import _plan_all

    suite = build_suite(
        {
            "methods": [{"name": method, "set": settings}],
            "datasets": [{"name": "xshield", "set": {"days": days, "size": SIZE}}],
            "preset": preset,
            "members": MEMBERS,
            "controls": False,
            "isolate": False,  # so that the method is seen from here
        }
    )
    [plan] = _plan_all(suite, runs, make_metrics(None), ())[0]
    return plan


def measure(
    method: str, preset: str, settings: dict[str, int], days: int, profile: cProfile.Profile | None = None
) -> Seconds:
    """Seconds of a run: all of it, the method's, the metrics'."""
    from downbench.pipeline.run import run

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        plan, clock = plan_of(method, preset, settings, days, Path(folder)), Clock()
        for name in ("fit", "save", "load", "sample"):
            clock.watch(plan.method_class, name, "method")
        for metric in {type(metric) for metric in plan.metrics.metrics.values()}:
            for name in ("statistics", "value", "curve"):
                clock.watch(metric, name, "metrics")
        cpu, wall = time.process_time(), time.perf_counter()
        if profile:
            profile.enable()
        outcome = run(plan)
        if profile:
            profile.disable()
        clock.seconds["run"] = [time.process_time() - cpu, time.perf_counter() - wall]
        if outcome["status"] != "finished":
            raise SystemExit(outcome["reason"])
    clock.leave()
    return clock.seconds


def main(arguments: list[str]) -> None:
    """Print shares of the harness."""
    from downbench.plugins.session import configure

    configure((PLUGIN,))
    wanted = "--profile" in arguments
    values = [argument for argument in arguments if argument != "--profile"]
    days, preset = int(values[0]) if values else 100, values[1] if len(values) > 1 else "tiny"
    steps = int(values[2]) if len(values) > 2 else 75
    profile = cProfile.Profile(time.process_time) if wanted else None
    measure("costless", preset, {}, 20)  # imports, and code that is compiled once
    print(
        f"{days} days of the stand-in, {SIZE} x {SIZE} cells, {MEMBERS} members, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    show("costless", measure("costless", preset, {}, days, profile))
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    runs = {}
    for count in (steps, 2 * steps):
        runs[count] = measure("ofdiff", preset, {"train_steps": count}, days)
        show(f"ofdiff, {count} training steps", runs[count])
    whole = steps_of(preset)
    print(
        f"  ofdiff, the {whole} steps of {preset}, by CPU: {100 * share_at(whole, runs):.2f} % (worked out)"
    )


def show(name: str, seconds: Seconds) -> None:
    """Print what a run took, and what of it is the harness."""
    for number, kind in enumerate(("CPU", "wall")):
        whole, method, metrics = (seconds[part][number] for part in ("run", "method", "metrics"))
        rest = whole - method - metrics
        print(
            f"  {name:26} {kind:4} {whole:8.2f} s: method {method:8.2f}, metrics {metrics:6.2f}, "
            f"harness {rest:6.2f} ({100 * rest / whole:.1f} %)"
        )


def steps_of(preset: str) -> int:
    """Training steps of OF-Diff at a preset."""
    from downbench.plugins.session import registry

    return int(registry().find("method", "ofdiff").load().presets[preset]["train_steps"])


def share_at(steps: int, runs: dict[int, Seconds]) -> float:
    """Share of the harness in a run of so many training steps, from runs of two other numbers of them."""
    few, many = sorted(runs)
    cpu = {count: {part: both[0] for part, both in runs[count].items()} for count in runs}
    each = (cpu[many]["method"] - cpu[few]["method"]) / (many - few)
    harness = sum(one["run"] - one["method"] - one["metrics"] for one in cpu.values()) / len(cpu)
    method = cpu[few]["method"] + each * (steps - few)
    return harness / (harness + method + cpu[few]["metrics"])


if __name__ == "__main__":
    main(sys.argv[1:])
