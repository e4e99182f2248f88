"""What can be said of finished runs. Called, it is :func:`downbench.api.collecting.results`."""

from downbench.callable_room import make_callable

make_callable(__name__)
