"""Addresses of pages, relative to the site: each follows from what the page is about."""

from __future__ import annotations

from functools import cache

from downbench_leaderboard.records.names import unique_name


@cache
def method_page(distribution: str, name: str) -> str:
    """Of all runs of one method."""
    return f"methods/{unique_name(name, identity=[distribution, name])}.html"


@cache
def metric_page(distribution: str, name: str) -> str:
    """Of one metric."""
    return f"metrics/{unique_name(name, identity=[distribution, name])}.html"


@cache
def dataset_page(label: str, fingerprint: str) -> str:
    """Of all that was scored on the same data under one label."""
    return f"datasets/{unique_name(label, identity=[label, fingerprint])}.html"
