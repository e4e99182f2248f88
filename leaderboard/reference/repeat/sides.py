"""The two sides: a process with the former code, and one with the present code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from downbench import UserError

ROOMS = ("benchmark", "methods", "metrics", "datasets", "leaderboard")
_HERE = Path(__file__).parent
_ONE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")}


class Side:
    """A process that makes short fits with the code of a checkout, started when it is first asked.

    Args:
        root: the checkout.
        log: file that the process writes its messages to.
    """

    def __init__(self, root: Path, log: Path) -> None:
        self.root, self.log = root, log
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer of :func:`short_fits.answer`; one with ``error`` where the process has died."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)
        process.wait()
        tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        return {"error": f"its process ended with code {process.returncode}: " + " ".join(tail)}

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        paths = os.pathsep.join(str(self.root / room) for room in ROOMS)
        environment = {**os.environ, **_ONE, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"DOWNBENCH_REFERENCES": "", "DOWNBENCH_WEIGHTS": ""}
        with self.log.open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                [sys.executable, str(_HERE / "short_fits.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                encoding="utf-8",
            )


@contextmanager
def checkout(root: Path, commit: str, folder: Path) -> Iterator[Path]:
    """A commit of a checkout, laid out in a folder that is gone afterwards.

    Raises:
        UserError: there is no such commit.
    """
    git(root, "worktree", "add", "--detach", "--quiet", str(folder), commit)
    try:
        yield folder
    finally:
        git(root, "worktree", "remove", "--force", str(folder))


def git(root: Path, *arguments: str) -> str:
    """What git says of a checkout.

    Raises:
        UserError: it refuses.
    """
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"git {arguments[0]} failed: {done.stderr.strip()}", "name a commit of this checkout")
    return done.stdout.strip()
