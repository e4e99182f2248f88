"""The outcome of ``bench verify`` as an index notes it."""

from __future__ import annotations

from downbench.findings.stored_run import StoredRun
from downbench.references.index import Verified
from downbench.verification.verify import verify


def verified(run: StoredRun) -> Verified:
    """Verify a run.

    Raises:
        DownbenchError: it cannot be verified, for instance since its data are not here.
    """
    result = verify(run)
    metrics = {row["metric"] for row in result["rows"] if row["ok"] is not None}
    return Verified(ok=result["ok"], frames=result["frames"], metrics=len(metrics))
