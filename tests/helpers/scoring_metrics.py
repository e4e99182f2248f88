"""All registered metrics, and one from outside that uses every part of the contract."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from downbench import Metric


def built_in_metrics():
    """Name to metric, as the package declares them."""
    from downbench_metrics import downbench_metrics

    found = {}
    for info in downbench_metrics():
        module, _, attribute = info.target.partition(":")
        found[info.name] = getattr(import_module(module), attribute)()
    return found


def by_name(*metrics):
    """Name to metric, of some classes."""
    return {metric.name: metric() for metric in metrics}


class Toy(Metric):
    """Unnamed statistics per step and bin, a look two frames back, and members on an axis of their own."""

    name = "toy"
    past = 2
    direction = "none"
    range = (-np.inf, np.inf)

    def statistics(self, chunk):
        """Growth of the truth over two steps, and cubes of members."""
        truth, _ = chunk.with_past(2)
        growth = truth[2:] - truth[:-2]
        return {
            "growth": chunk.sum(np.nan_to_num(growth), where=np.isfinite(growth)),
            "cubes": chunk.sum(chunk.members**3),
            "halves": chunk.histogram(chunk.members / 2),
            "bands": chunk.spectrum(chunk.members[:2]),
            "area": chunk.weight(),
        }

    def value(self, totals):
        """Anything that depends on all of it."""
        return {
            "growth": float(totals["growth"] / totals["area"]),
            "rest": float(totals["cubes"].sum() + totals["halves"][1].sum() + totals["bands"].sum()),
        }


def all_metrics():
    """Built-in metrics and the toy."""
    return {**built_in_metrics(), "toy": Toy()}
