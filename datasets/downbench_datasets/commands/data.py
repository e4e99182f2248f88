"""``bench data``: its subcommands."""

from __future__ import annotations

from downbench_datasets.commands.check import check
from downbench_datasets.commands.fingerprint import fingerprint
from downbench_datasets.commands.listing import list_datasets
from downbench_datasets.commands.new import new
from downbench_datasets.commands.prepare import prepare
from downbench_datasets.commands.preview import preview
from downbench_datasets.commands.stats import stats

EXAMPLES = ("bench data check rain.nc", "bench data new rain.nc", "bench data prepare knmi-2010 --source DIR")
COMMANDS = {
    "list": list_datasets,
    "new": new,
    "check": check,
    "prepare": prepare,
    "stats": stats,
    "fingerprint": fingerprint,
    "preview": preview,
}
