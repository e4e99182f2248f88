"""``bench apply`` from its arguments to its result: one way for the command line and for Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downbench.downscaling.apply import apply
from downbench.downscaling.request import make_request
from downbench.errors import DownbenchError, RunFailed
from downbench.pipeline.run import explain


def apply_file(
    run: Path, coarse: Path, out: Path, *, scheduler: str | None = None, **asked: Any
) -> dict[str, Any]:
    """Downscale a coarse file with a fitted method.

    Args:
        run: directory of the run, or of the model.
        coarse: file or folder of coarse rain.
        out: to be written.
        scheduler: address of a cluster that samples; None samples here.
        asked: further arguments of :func:`downbench.downscaling.request.make_request`.

    Raises:
        UserError: something of it does not fit.
        RunFailed: the method breaks its contract, or the disk fails.
    """
    request = make_request(run, coarse, **asked)
    try:
        return apply(request, out, scheduler)
    except DownbenchError:
        raise
    except Exception as error:  # of the method, or of the disk
        raise RunFailed(explain(error)) from error
