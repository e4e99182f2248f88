"""Do references come out again, and are their scores right?

``python leaderboard/reference/verify --data FOLDER`` makes each reference again whose method is what it was
then: it is fitted, sampled and scored anew with the same configuration, data and seed. It is verified where
all its scores come out again, and `bench verify` finds those of the new run right. The index notes what came
of it, with date, commit and digest. Where a good outcome stands, nothing is done again.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from verifying import Wanted, verify_references

from downbench import DownbenchWarning, UserError

REFERENCES = Path(__file__).parents[1] / "downbench_reference"


def main() -> int:
    """0: all were verified; 1: something came out otherwise; 2: the request is wrong."""
    options = _options()
    warnings.simplefilter("ignore", DownbenchWarning)
    wanted = Wanted(options.data, options.method, options.frames, options.longest, options.again)
    try:
        done = verify_references(options.folder, wanted, options.commit, lambda line: print(line, flush=True))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what is verified stands in the index, and the same command goes on", file=sys.stderr)
        return 130
    differing = sum(not one.ok for one in done)
    print(f"{len(done) - differing} verified, {differing} came out otherwise")
    return int(bool(differing))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="verify"
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the files of the datasets are")
    parser.add_argument("--method", action="append", default=[], metavar="NAME", help="this one alone")
    parser.add_argument("--frames", default="", metavar="TEXT", help="only what has this in its path")
    parser.add_argument(
        "--longest",
        type=float,
        default=float("inf"),
        metavar="SECONDS",
        help="leave out what took more processor time when it was made",
    )
    parser.add_argument("--again", action="store_true", help="also what is verified already")
    parser.add_argument("--commit", metavar="HASH", help="commit of the installed sources")
    parser.add_argument("--folder", type=Path, default=REFERENCES, help="of the references (default: ours)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
