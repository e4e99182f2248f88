"""Somebody's own coarse file, downscaled. Called, it is :func:`downbench.api.applying.apply`."""

from downbench.callable_room import make_callable

make_callable(__name__)
