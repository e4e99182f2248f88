"""How the machine is shared out among runs that go forward at once: cores as threads, and GPUs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from downbench.errors import UserError

MOST = 1024
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_GPUS = "CUDA_VISIBLE_DEVICES"


def core_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def job_count(wanted: str | int) -> int:
    """How many runs go forward at once: the number itself; 0 or ``auto`` is one for each core.

    Raises:
        UserError: it is not a number of runs.
    """
    text = str(wanted).strip()
    if text in ("auto", "0"):
        return core_count()
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MOST:
        raise UserError(
            f"--jobs {text!r} is not a number of runs from 1 to {MOST}",
            f"write a number, or auto for one on each of the {core_count()} cores",
        )
    return int(text)


def share(jobs: int, number: int, environment: Mapping[str, str], gpus: list[str]) -> dict[str, str]:
    """Variables of the environment that give one of several processes its share.

    Args:
        jobs: processes in all.
        number: of this one, from 0.
        environment: that the processes start from; fewer threads than their share stay fewer.
        gpus: names of the GPUs; each process sees one of them.
    """
    threads = max(1, core_count() // jobs)
    shares = {name: str(min(threads, _threads(environment.get(name)) or threads)) for name in THREADS}
    return shares | ({_GPUS: gpus[number % len(gpus)]} if gpus else {})


def _threads(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def gpus_here() -> list[str]:
    """Names of the GPUs that this process sees; none where nothing has loaded torch."""
    torch = sys.modules.get("torch")
    count = torch.cuda.device_count() if torch else 0
    named = [name.strip() for name in os.environ.get(_GPUS, "").split(",") if name.strip()]
    return named[:count] if named else [str(index) for index in range(count)]
