"""How one run goes: plan, fit, sample, score. Called, it is :func:`downbench.api.running.run`."""

from downbench.callable_room import make_callable

make_callable(__name__)
