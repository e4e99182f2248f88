"""downbench: a modular benchmark suite for precipitation downscaling methods.

The public names below are all that plug-ins and notebooks import. They load on first use, so that
``import downbench`` stays light. ``run``, ``score``, ``compare``, ``verify``, ``apply``, ``open_run`` and
``results`` do what the commands do, and ``plot`` draws what comes of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from downbench.version import __version__

if TYPE_CHECKING:
    from downbench import plot
    from downbench.api.applying import apply
    from downbench.api.collecting import results
    from downbench.api.comparing import Comparison, compare
    from downbench.api.opened import Run, open_run
    from downbench.api.running import Runs, run
    from downbench.api.scoring import score
    from downbench.api.verifying import Verification, verify
    from downbench.classic_header import check_classic_header
    from downbench.contracts.chunk import Chunk
    from downbench.contracts.coarse_input import CoarseInput
    from downbench.contracts.configuration import Config, build_config, parameter
    from downbench.contracts.dataset import DIMS, SPLITS, Dataset, FieldSequence
    from downbench.contracts.method import FitContext, Method, Processes, SampleContext
    from downbench.contracts.metric import Metric
    from downbench.contracts.noise import derive_seed, keyed_normal
    from downbench.contracts.statistic import Curve, Null, Statistic, Totals, Value
    from downbench.contracts.study import Study
    from downbench.contracts.subset import Subset
    from downbench.dates import (
        Spacing,
        calendar_attributes,
        calendar_of,
        date_limits,
        date_text,
        elapsed_seconds,
        moved_times,
        spacing,
        to_dates,
        to_times,
        undecoded,
    )
    from downbench.errors import DownbenchError, DownbenchWarning, RunFailed, UserError
    from downbench.files import (
        atomic_directory,
        atomic_file,
        cache_folder,
        digest_file,
        digest_json,
        scratch_folder,
    )
    from downbench.findings.commands import code_here, data_options, repeat_command
    from downbench.findings.standings import Standings, find_standings
    from downbench.missing import no_such
    from downbench.missing_values import mask_values, mend_missing_values
    from downbench.models.shipped_weights import all_weights
    from downbench.packed_stores import ZARR_MARKS, is_packed_store, own_name, packed_store, stem_of
    from downbench.plugins.defaults import without_defaults
    from downbench.plugins.descriptions import (
        ABLATION,
        NEEDS_FILES,
        CheckInfo,
        CommandInfo,
        DatasetInfo,
        MethodInfo,
        MetricInfo,
        PresetCost,
        StudyInfo,
    )
    from downbench.plugins.hooks import hookimpl
    from downbench.plugins.session import (
        configure,
        dataset_info,
        dataset_infos,
        leaderboard_sections,
        registered,
    )
    from downbench.protocol import REFERENCE
    from downbench.rain_values import (
        NEGATIVE_LIMIT,
        RAIN_LIMIT,
        clean_precipitation,
        convert_precipitation,
    )
    from downbench.references.index import VERIFIED, shared_marks
    from downbench.references.made import QUIET_MARKS, REPEATS, Made
    from downbench.references.mixing import REPLACED, AmongRuns, references_among
    from downbench.resampling import block_mean, fill_nearest, upsample
    from downbench.scoring.inference.bootstrap import LEAST_BLOCKS
    from downbench.scoring.inference.classes import Standing
    from downbench.scoring.inference.intervals import bias_corrected
    from downbench.scoring.inference.paired import component_direction
    from downbench.scoring.inference.persistence import block_bins, e_folding_time
    from downbench.scoring.kernels.histogram import histogram_edges, histogram_quantile, histogram_wasserstein
    from downbench.scoring.kernels.jit import compiled, in_threads
    from downbench.scoring.regions import box_mask
    from downbench.store.locks import locked_by
    from downbench.store.record import SCHEMA_VERSION, RunRecord
    from downbench.store.row_names import (
        OLDER_VERSION,
        OTHER_SETTINGS,
        method_words,
        row_name,
        seeds_apart,
        what_differs,
    )
    from downbench.store.runs import (
        RunFile,
        UnreadRun,
        each_run,
        each_unread_run,
        find_runs,
        has_runs,
        runs_state,
    )
    from downbench.suite.plain_yaml import Document, read_yaml
    from downbench.suite.resolve import open_dataset
    from downbench.time_texts import dates_of, moment_in, usual_calendar
    from downbench.units import Units, read_units, said_units, same_rain_units, to_mm_per_hour, unit_factor

_ROOMS = ("plot",)  # public as a room
_HOME = {
    "apply": "api.applying",
    "results": "api.collecting",
    "Comparison": "api.comparing",
    "compare": "api.comparing",
    "Run": "api.opened",
    "open_run": "api.opened",
    "Runs": "api.running",
    "run": "api.running",
    "score": "api.scoring",
    "Verification": "api.verifying",
    "verify": "api.verifying",
    "Chunk": "contracts.chunk",
    "CoarseInput": "contracts.coarse_input",
    "Config": "contracts.configuration",
    "build_config": "contracts.configuration",
    "parameter": "contracts.configuration",
    "DIMS": "contracts.dataset",
    "SPLITS": "contracts.dataset",
    "Dataset": "contracts.dataset",
    "FieldSequence": "contracts.dataset",
    "FitContext": "contracts.method",
    "Method": "contracts.method",
    "Processes": "contracts.method",
    "SampleContext": "contracts.method",
    "Curve": "contracts.statistic",
    "Metric": "contracts.metric",
    "Null": "contracts.statistic",
    "Statistic": "contracts.statistic",
    "Totals": "contracts.statistic",
    "Value": "contracts.statistic",
    "derive_seed": "contracts.noise",
    "keyed_normal": "contracts.noise",
    "Study": "contracts.study",
    "Subset": "contracts.subset",
    "Spacing": "dates",
    "calendar_attributes": "dates",
    "calendar_of": "dates",
    "date_limits": "dates",
    "date_text": "dates",
    "elapsed_seconds": "dates",
    "moved_times": "dates",
    "spacing": "dates",
    "to_dates": "dates",
    "to_times": "dates",
    "undecoded": "dates",
    "DownbenchError": "errors",
    "DownbenchWarning": "errors",
    "RunFailed": "errors",
    "UserError": "errors",
    "atomic_directory": "files",
    "atomic_file": "files",
    "cache_folder": "files",
    "digest_file": "files",
    "digest_json": "files",
    "scratch_folder": "files",
    "no_such": "missing",
    "all_weights": "models.shipped_weights",
    "hookimpl": "plugins.hooks",
    "ABLATION": "plugins.descriptions",
    "CheckInfo": "plugins.descriptions",
    "CommandInfo": "plugins.descriptions",
    "DatasetInfo": "plugins.descriptions",
    "MethodInfo": "plugins.descriptions",
    "MetricInfo": "plugins.descriptions",
    "NEEDS_FILES": "plugins.descriptions",
    "PresetCost": "plugins.descriptions",
    "StudyInfo": "plugins.descriptions",
    "configure": "plugins.session",
    "dataset_info": "plugins.session",
    "dataset_infos": "plugins.session",
    "leaderboard_sections": "plugins.session",
    "registered": "plugins.session",
    "REFERENCE": "protocol",
    "VERIFIED": "references.index",
    "shared_marks": "references.index",
    "QUIET_MARKS": "references.made",
    "REPEATS": "references.made",
    "Made": "references.made",
    "REPLACED": "references.mixing",
    "AmongRuns": "references.mixing",
    "references_among": "references.mixing",
    "block_mean": "resampling",
    "fill_nearest": "resampling",
    "upsample": "resampling",
    "SCHEMA_VERSION": "store.record",
    "RunRecord": "store.record",
    "RunFile": "store.runs",
    "UnreadRun": "store.runs",
    "each_run": "store.runs",
    "each_unread_run": "store.runs",
    "find_runs": "store.runs",
    "frames_identity": "store.scored_frames",
    "has_runs": "store.runs",
    "runs_state": "store.runs",
    "code_here": "findings.commands",
    "data_options": "findings.commands",
    "repeat_command": "findings.commands",
    "method_words": "store.row_names",
    "without_defaults": "plugins.defaults",
    "row_name": "store.row_names",
    "seeds_apart": "store.row_names",
    "OLDER_VERSION": "store.row_names",
    "OTHER_SETTINGS": "store.row_names",
    "what_differs": "store.row_names",
    "Standings": "findings.standings",
    "find_standings": "findings.standings",
    "histogram_edges": "scoring.kernels.histogram",
    "histogram_quantile": "scoring.kernels.histogram",
    "histogram_wasserstein": "scoring.kernels.histogram",
    "Standing": "scoring.inference.classes",
    "block_bins": "scoring.inference.persistence",
    "e_folding_time": "scoring.inference.persistence",
    "LEAST_BLOCKS": "scoring.inference.bootstrap",
    "bias_corrected": "scoring.inference.intervals",
    "component_direction": "scoring.inference.paired",
    "compiled": "scoring.kernels.jit",
    "in_threads": "scoring.kernels.jit",
    "box_mask": "scoring.regions",
    "Document": "suite.plain_yaml",
    "read_yaml": "suite.plain_yaml",
    "open_dataset": "suite.resolve",
    "locked_by": "store.locks",
    "check_classic_header": "classic_header",
    "ZARR_MARKS": "packed_stores",
    "is_packed_store": "packed_stores",
    "packed_store": "packed_stores",
    "own_name": "packed_stores",
    "stem_of": "packed_stores",
    "mask_values": "missing_values",
    "mend_missing_values": "missing_values",
    "dates_of": "time_texts",
    "moment_in": "time_texts",
    "usual_calendar": "time_texts",
    "NEGATIVE_LIMIT": "rain_values",
    "RAIN_LIMIT": "rain_values",
    "clean_precipitation": "rain_values",
    "convert_precipitation": "rain_values",
    "Units": "units",
    "read_units": "units",
    "said_units": "units",
    "same_rain_units": "units",
    "to_mm_per_hour": "units",
    "unit_factor": "units",
}
__all__ = ["__version__", *_ROOMS, *_HOME]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"downbench.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'downbench' has no attribute {name!r}")
    return getattr(import_module(f"downbench.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS, *_HOME])
