"""A fresh process that restores methods and samples them: one for many, since imports take the longest.

A line of JSON is a task, and a line of JSON answers it; ``restoring`` is the program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.errors import RunFailed
from downbench.files import scratch_folder
from downbench.isolation.process import how_it_ended
from downbench.pipeline.plan_names import names_of_plugins

PROGRAM = "downbench.testing.methods.restoring"
_ANSWER = "\x1e"  # as the program has it


@dataclass
class FreshProcess:
    """Starts the process when it is first needed, and again where a method has ended it."""

    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> FreshProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def sample(self, name: str, model: Path) -> NDArray[np.float32]:
        """What a method samples of the scene of checks (member, time, y, x).

        Args:
            name: full name of a registered method.
            model: folder that it was saved to.

        Raises:
            RunFailed: its code fails there; names its line.
        """
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with scratch_folder("sampled") as folder:
            task: dict[str, Any] = {
                "plugins": names_of_plugins(),
                "name": name,
                "model": str(model.absolute()),
                "out": str(folder / "sampled.npy"),
            }
            print(json.dumps(task), file=process.stdin, flush=True)
            answer = next((line for line in process.stdout if line.startswith(_ANSWER)), "")
            if not answer:
                code = process.wait()
                self._end()
                raise RunFailed(
                    f"method {name!r} {how_it_ended(code)} when it was restored in a fresh process"
                )
            failure = json.loads(answer[1:])
            if failure:
                raise RunFailed(f"restored in a fresh process, {failure['message']}", failure["hint"])
            return np.asarray(np.load(task["out"]))

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            path = os.pathsep.join(part or os.curdir for part in sys.path)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": path},
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._process = None
