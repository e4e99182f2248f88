"""``bench export``: a scored run as one small file that others can compare with."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr
from pyarrow import parquet
from zarr.codecs import BloscCodec

from downbench.errors import DownbenchWarning, UserError
from downbench.exchange.archive import SUFFIX, write_archive
from downbench.exchange.slim import slim_curve, slim_resamples, slim_statistics
from downbench.files import digest_file, scratch_folder
from downbench.findings.damage import damages_of
from downbench.findings.stored_run import StoredRun
from downbench.scoring.grid import ALL
from downbench.store.record import write_record
from downbench.store.record_parts import MethodPart
from downbench.store.run_directory import EXAMPLES, RESAMPLES, RUN, SCORES, STATISTICS
from downbench.store.runs import RunFile
from downbench.store.score_table import save_scores
from downbench.version import __version__

LARGEST = 10**6  # bytes of an archive
MEMBERS_SHOWN = 2
LARGEST_SIDE = 256  # cells of the example that goes along
STEP = 0.02  # mm/h of a stored integer of the example
MISSING = 65535


def export(runs: Sequence[StoredRun], out: Path) -> list[Path]:
    """Write an archive of each run.

    An archive holds the record without paths of this machine, the table of scores, one example moment, and
    what paired intervals need: the resampled values in single precision, or, for a record too short for
    intervals, the statistics of the whole domain.

    Args:
        runs: scored runs.
        out: folder, made where it does not exist; archives of the same runs are replaced.

    Returns:
        The archives, in the order of the runs.

    Raises:
        UserError: a run is damaged, or its archive would be larger than a megabyte.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [export_to(run, out / _name(run), now) for run in runs]


def _name(run: StoredRun) -> str:
    method, dataset = run.record.method, run.record.dataset
    seed = f"-seed{run.record.seed}" if run.record.seed else ""
    return f"{dataset.name}-{method.name}{seed}-{run.record.keys.score[:12]}{SUFFIX}"


def export_to(run: StoredRun, path: Path, exported: str, slim: bool = False) -> Path:
    """Write the archive of one run; the same run and time give the same bytes.

    Args:
        run: scored.
        path: of the archive; what is there is replaced.
        exported: time that the archive says it was written at, ISO 8601, UTC.
        slim: keep less, as :mod:`downbench.exchange.slim` says, for folders of many archives. An archive that
            would be larger than a megabyte is slim too, which is warned about.

    Raises:
        UserError: the run is damaged, or even a slim archive would be larger than a megabyte.
    """
    for damage in damages_of(run.directory):
        raise UserError(f"{damage.directory} is damaged and cannot be exported: {damage.reason}")
    with scratch_folder("export") as folder:
        _fill(folder, run, slim)
        write_archive(path, folder, __version__, exported)
    if (size := path.stat().st_size) <= LARGEST:
        return path
    path.unlink()
    large = f"the archive of {run.label} would have {size / 1e6:.1f} MB, more than {LARGEST / 1e6:g} MB"
    if slim:
        raise UserError(large, "score fewer metrics of your own, or give the run directory away as it is")
    warnings.warn(
        f"{large}: it keeps all scores, and less of what comparisons need", DownbenchWarning, stacklevel=2
    )
    return export_to(run, path, exported, slim=True)


def _fill(folder: Path, run: StoredRun, slim: bool) -> None:
    record = run.record
    if not slim:  # `bench import` makes it of the record, too
        save_scores(folder, record.scores)
    if (run.directory / RESAMPLES).is_file():
        drawn = pd.read_parquet(run.directory / RESAMPLES).astype(np.float32)
        if slim:
            drawn = slim_resamples(drawn, _headlines(run))
        _save_drawn(drawn, folder / RESAMPLES)
    else:
        statistics = run.statistics
        whole = {name: values[:, :1] for name, values in statistics.arrays.items()}
        statistics = replace(statistics, arrays=whole, regions=(ALL,))
        (slim_statistics(statistics) if slim else statistics).save(folder / STATISTICS)
    if (examples := RunFile(run.directory, record.model_dump()).examples()) is not None:
        few, side = (1, LARGEST_SIDE // 2) if slim else (MEMBERS_SHOWN, LARGEST_SIDE)
        _save_moment(examples, folder / EXAMPLES, few, side)
    changes: dict[str, Any] = {
        "method": _without_path(record.method),
        "data_root": None,
        "origin": None,
        "user_regions": [],
        "files": {
            name: digest_file(folder / name) for name in (SCORES, RESAMPLES) if (folder / name).is_file()
        },
    }
    if slim:
        changes["curves"] = {name: slim_curve(curve) for name, curve in record.curves.items()}
    write_record(folder / RUN, record.model_copy(update=changes))


def _save_drawn(drawn: pd.DataFrame, path: Path) -> None:
    """Write resampled values with nothing about them that a reader can do without."""
    table = pa.Table.from_pandas(drawn, preserve_index=False).replace_schema_metadata(None)
    parquet.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=True,
        write_statistics=False,
        store_schema=False,
    )


def _without_path(method: MethodPart) -> MethodPart:
    """The method of a record, without the path of the file that was submitted."""
    if method.submission is None:
        return method
    return method.model_copy(update={"submission": method.submission.model_copy(update={"path": None})})


def _headlines(run: StoredRun) -> set[str]:
    """Columns of resampled values that a table shows."""
    return {
        f"{name}|{component}"
        for name, card in run.record.metrics.items()
        for component in (card.headline, "")
    }


def _save_moment(examples: xr.Dataset, path: Path, members: int, side: int) -> None:
    """The wettest example frame, cut to a square around its heaviest rain, as integers of 0.02 mm/h."""
    means = examples["truth"].mean(("y", "x")).fillna(-1).to_numpy()
    moment = examples.isel(time=[int(means.argmax())], member=slice(members))
    factor = moment.sizes["y"] // moment.sizes["Y"]
    truth = np.nan_to_num(moment["truth"].to_numpy()[0], nan=-1.0)
    centre = np.unravel_index(int(truth.argmax()), truth.shape)
    window: dict[str, slice] = {}
    for fine, coarse, middle in (("y", "Y", int(centre[0])), ("x", "X", int(centre[1]))):
        cells = min(side // factor, moment.sizes[coarse])
        first = int(np.clip(middle // factor - cells // 2, 0, moment.sizes[coarse] - cells))
        window[coarse] = slice(first, first + cells)
        window[fine] = slice(first * factor, (first + cells) * factor)
    compressor = BloscCodec(cname="zstd", clevel=9, shuffle="shuffle")
    packing = {
        "dtype": "uint16",
        "scale_factor": STEP,
        "add_offset": 0.0,
        "_FillValue": MISSING,
        "compressors": (compressor,),
    }
    highest = STEP * (MISSING - 1)
    packed = moment.isel(window).clip(0, highest, keep_attrs=True)
    packed.attrs = examples.attrs
    encoding = dict.fromkeys(packed.data_vars, packing)
    packed.drop_encoding().to_zarr(path, zarr_format=3, consolidated=False, encoding=encoding)
