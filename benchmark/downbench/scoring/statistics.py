"""Aggregated statistics of a run, and their file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.errors import UserError
from downbench.files import atomic_directory
from downbench.read_only import read_only
from downbench.scoring.layout import TimeLayout

FORMAT = 1
_CHUNK_BYTES = 2**20  # small, so that writing long records takes no more memory than short ones


@dataclass(frozen=True, eq=False)
class Statistics:
    """Everything that values, intervals, seasons and regions are worked out from.

    Args:
        arrays: stored name to (step or bin, region, ...), float64.
        per: stored name to ``"step"`` or ``"bin"``.
        keys: metric to its statistics' names, each with the name it is stored under.
        layout: steps and bins.
        regions: names, ``"all"`` first.
        members: of the ensemble.
        info: about the grid, as in ``Totals.info``.
        block: bins in a resampling block, None without one.
        release: hands the memory of arrays that lie on disk back; they are read again when asked for.
    """

    arrays: Mapping[str, NDArray[np.float64]]
    per: Mapping[str, str]
    keys: Mapping[str, Mapping[str, str]]
    layout: TimeLayout
    regions: tuple[str, ...]
    members: int
    info: Mapping[str, Any] = field(default_factory=dict)
    block: int | None = None
    release: Callable[[], None] = lambda: None

    def save(self, path: Path) -> None:
        """Write a zarr v3 group, atomically; what is there already is replaced.

        Bins of histograms above the highest value are left out. ``docs/results/metrics.md`` gives sizes.
        """
        import zarr  # here, since what compares values needs this class, but seldom its file
        from zarr.codecs import BloscCodec, Crc32cCodec

        with atomic_directory(path) as folder:
            group = zarr.open_group(folder, mode="w", zarr_format=3)
            codecs = [BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"), Crc32cCodec()]
            digests, sizes = {}, {}
            empty = {name: list(values.shape) for name, values in self.arrays.items() if not values.size}
            for name, values in self.arrays.items():
                if name in empty:  # no window fits, say: zarr stores no such array
                    continue
                rows = max(1, min(len(values), _CHUNK_BYTES // max(values[:1].nbytes, 1)))
                parts = [slice(start, start + rows) for start in range(0, len(values), rows)]
                width = max((self._used(values, part) for part in parts), default=1)
                shape = (*values.shape[:-1], width)
                array = group.create_array(
                    name,
                    shape=shape,
                    chunks=(rows, *shape[1:]),
                    dtype="f8",
                    compressors=codecs,
                )
                digest = hashlib.sha256(repr(shape).encode())
                for part in parts:
                    kept = np.ascontiguousarray(values[part][..., :width])
                    array[part] = kept
                    digest.update(kept.data)
                    self.release()
                digests[name], sizes[name] = digest.hexdigest(), values.shape[-1]
            header = self._header() | {"digests": digests, "sizes": sizes, "empty": empty}
            group.attrs["downbench"] = header
            group.attrs["digest"] = _digest_text(header)

    def _used(self, values: NDArray[np.float64], part: slice) -> int:
        """Length of the last axis up to the last number that is not zero, at least 1."""
        used = np.flatnonzero(values[part].reshape(-1, values.shape[-1]).any(axis=0))
        self.release()
        return int(used[-1]) + 1 if len(used) else 1

    @classmethod
    def load(cls, path: Path) -> Statistics:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: it is missing, damaged or of another version.
        """
        import zarr

        try:
            group = zarr.open_group(path, mode="r", zarr_format=3)
            header: Any = group.attrs["downbench"]
            if group.attrs["digest"] != _digest_text(header) or header["format"] != FORMAT:
                raise ValueError("the header is damaged or of another version")
            arrays = {name: np.zeros(shape) for name, shape in header.get("empty", {}).items()}
            for name, size in header["sizes"].items():
                kept = np.asarray(group[name])
                if _digest(kept) != header["digests"][name]:
                    raise ValueError(f"{name!r} is damaged")
                arrays[name] = _pad(kept, size)
            return cls._from(header, arrays)
        except Exception as error:  # whatever zarr and its codecs raise on damaged bytes
            raise UserError(
                f"{path}: statistics cannot be read: {error}", "delete the folder; the next run scores again"
            ) from error

    def _header(self) -> dict[str, Any]:
        layout = self.layout
        info = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in self.info.items()}
        return {
            "format": FORMAT,
            "per": dict(self.per),
            "keys": {metric: dict(keys) for metric, keys in self.keys.items()},
            "regions": list(self.regions),
            "members": self.members,
            "block": self.block,
            "info": info,
            "arrays_of_info": [k for k, v in self.info.items() if isinstance(v, np.ndarray)],
            "sequences": list(layout.names),
            "times": layout.times.astype(np.int64).tolist(),
            "owner": layout.owner.tolist(),
            "bin_seconds": int(layout.width / np.timedelta64(1, "s")),
        }

    @classmethod
    def _from(cls, header: Mapping[str, Any], arrays: Mapping[str, NDArray[np.float64]]) -> Statistics:
        layout = TimeLayout(
            tuple(header["sequences"]),
            np.array(header["times"], np.int64).astype("datetime64[s]"),
            np.array(header["owner"], np.int64),
            np.timedelta64(header["bin_seconds"], "s"),
        )
        made = set(header["arrays_of_info"])
        info = {k: read_only(np.array(v)) if k in made else v for k, v in header["info"].items()}
        regions = tuple(header["regions"])
        return cls(
            arrays, header["per"], header["keys"], layout, regions, header["members"], info, header["block"]
        )


def _pad(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, size - values.shape[-1])])


def _digest(values: NDArray[np.float64]) -> str:
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()


def _digest_text(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
