"""``bench data fingerprint``: the digest that says whether two people have the same data."""

from __future__ import annotations

from typing import Any

from downbench_datasets.commands.options import Data, Json, Root, Set, settings_of

EXAMPLES = ("bench data fingerprint knmi-2010",)


def fingerprint(data: Data, data_root: Root = None, set_: Set = None, json: Json = False) -> dict[str, Any]:
    """Print the digest of a dataset's content, splits and coarsening.

    Runs with equal fingerprints are on the same data. A file's place and name do not count.
    """
    from downbench_datasets.looking.target import target_of

    dataset = target_of(data, data_root, settings_of(set_)).dataset
    digest = dataset.fingerprint()
    if not json:
        print(digest)
    return {"dataset": dataset.label, "fingerprint": digest, "splits": dict(dataset.splits)}
