"""Short fits by the code that this process has: one process runs the former code, another one the present.

It reads requests from standard input and answers them on standard output, a line of JSON each. It must run
with former code too, so it keeps to what that has: ``downbench.run`` and the registry.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

Request = dict[str, Any]
Answer = dict[str, Any]


def main() -> None:
    """Answer until the input ends; whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def answer(request: Request) -> Answer:
    """Answer one request; a failure is an answer too, since the other requests can do without it."""
    try:
        return versions(request) if request["kind"] == "versions" else short_fit(request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def versions(request: Request) -> Answer:
    """Version of the code of each of ``methods``; methods that are not there are left out."""
    from downbench import UserError
    from downbench.plugins.session import registry
    from downbench.store.keys import code_version

    known: Answer = {}
    for name in request["methods"]:
        try:
            known[name] = code_version(registry().find("method", name))
        except UserError:
            continue
    return known


def short_fit(request: Request) -> Answer:
    """Fit ``method`` with ``preset`` and ``configuration`` to ``dataset``, and sample two members.

    Parameters of the configuration that this code does not know are left out. Those that only this code knows
    stay as they are, but where a missing one stands for its default, whatever the preset says now.

    Returns:
        Folder of the ``model``, that of the ``samples``, and ``fingerprint`` of the data.
    """
    from downbench import run
    from downbench.plugins.session import registry

    method = request["method"]
    fields = registry().find("method", method).load().Config.model_fields
    left_out = {k: field.get_default() for k, field in fields.items() if field.exclude_if is not None}
    configuration = left_out | request["configuration"]
    chosen = {f"{method}.{k}": v for k, v in configuration.items() if k in fields}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        [made] = run(
            method,
            request["dataset"],
            metric="mse",
            preset=request["preset"],
            settings=chosen | request["settings"],
            data_root=request["data_root"],
            members=2,
            limit=request["limit"],
            seed=0,
            device="cpu",
            keep="all",
            controls=False,
            isolate=False,
            runs=request["runs"],
        )
    sample = Path(made.directory).parents[1]
    return {
        "model": str(sample.parents[1] / "model"),
        "samples": str(sample / "predictions.zarr"),
        "fingerprint": made.record.dataset.fingerprint,
    }


if __name__ == "__main__":
    main()
