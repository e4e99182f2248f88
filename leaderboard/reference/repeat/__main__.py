"""Which references of former code does the present code repeat to the bit?

``python leaderboard/reference/repeat COMMIT`` in a clean checkout fits each method whose code has changed
since COMMIT for a few steps on small frames, with the code of then and of now, in processes of their own.
Where weights and samples are the same in every bit, the index notes it, and the references stay present ones.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from cases import STEPS
from repeating import Repeated, repeat
from sides import Side, checkout, git
from small_frames import small_frames

import downbench
from downbench import UserError
from downbench.references.index import read_index

ROOT = Path(__file__).parents[3]
REFERENCES = ROOT / "leaderboard" / "reference" / "downbench_reference"


def main() -> int:
    """0: all is repeated; 1: something is not; 2: the request is wrong."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the worktree goes
    try:
        done = _repeat(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was noted", file=sys.stderr)
        return 130
    if not done.same and not done.differing:
        print(f"nothing to repeat: what the code of {options.commit} made is of the present code too")
        return 0
    print(
        f"{len(done.same)} repeated to the bit, {len(done.differing)} not; "
        f"{len(done.archives)} references noted in the index"
    )
    return int(bool(done.differing))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="repeat"
    )
    parser.add_argument("commit", help="commit whose code the references stand for")
    parser.add_argument("--method", action="append", default=[], metavar="NAME", help="this one alone")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of training (default %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="say what is the same, and write nothing")
    return parser.parse_args()


def _repeat(options: argparse.Namespace) -> Repeated:
    if not Path(downbench.__file__).is_relative_to(ROOT):
        raise UserError(f"downbench is not that of {ROOT}", "use the environment of this checkout")
    if not options.dry_run and git(ROOT, "status", "--porcelain", "--", "*.py", "*.toml"):
        raise UserError(
            "the checkout has changes that are in no commit",
            "commit them, since the index names the commit of the present code; or try --dry-run",
        )
    methods = {one.method for one in read_index(REFERENCES).references}
    if unknown := sorted(set(options.method) - methods):
        raise UserError(f"there is no reference of {unknown[0]}", "there are: " + ", ".join(sorted(methods)))
    former, present = (git(ROOT, "rev-parse", "--short", name) for name in (options.commit, "HEAD"))
    with tempfile.TemporaryDirectory(prefix="bench-repeat-") as scratch:
        folder = Path(scratch)
        with (
            checkout(ROOT, former, folder / "former") as root,
            closing(Side(root, folder / "former.log")) as then,
            closing(Side(ROOT, folder / "present.log")) as now,
        ):
            return repeat(
                REFERENCES,
                then,
                now,
                (former, present),
                small_frames(folder),
                options.method,
                options.steps,
                not options.dry_run,
                lambda line: print(line, flush=True),
            )


if __name__ == "__main__":
    sys.exit(main())
