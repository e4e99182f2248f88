"""Rain of whole days on small tiles, scored in chunks: what indices of climate are tested on."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench import Subset
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out

FACTOR, DAY = 2, np.timedelta64(1, "D")


def hourly(start, count, hours=24):
    """Times ``hours`` apart."""
    return np.datetime64(start, "s") + np.arange(count) * np.timedelta64(hours, "h")


class DailyWorld:
    """Truth (tile, time, y, x) and members in front, of some sequences, in mm/h."""

    def __init__(self, sequences, hours=24, area=None, time_bin=DAY, block=None, calendar="standard"):
        self.sequences, self.calendar = sequences, calendar
        _, truth, _ = next(iter(sequences.values()))
        tiles, _, ny, nx = truth.shape
        static = xr.Dataset() if area is None else xr.Dataset({"area": (("tile", "y", "x"), area)})
        step = np.timedelta64(hours, "h")
        covered = np.ones((tiles, ny // FACTOR, nx // FACTOR), bool)
        self.grid = make_grid(static, {}, covered, FACTOR, time_bin, step, block)

    def statistics(self, metrics, length=10**6):
        """Statistics of chunks of at most ``length`` frames, the last ones first."""
        frames = [(name, times) for name, (times, _, _) in self.sequences.items()]
        members = next(iter(self.sequences.values()))[2]
        accumulator = Accumulator(metrics, self.grid, frames, len(members), calendar=self.calendar)
        for name, (times, truth, sampled) in self.sequences.items():
            for tile in range(len(truth)):
                for start in reversed(range(0, len(times), length)):
                    part = slice(start, start + length)
                    past = slice(max(start - 16, 0), start)
                    chunk = TileChunk(
                        truth[tile, part],
                        sampled[:, tile, part],
                        times[part],
                        name,
                        tile,
                        self.grid,
                        truth[tile, past],
                        sampled[:, tile, past],
                    )
                    accumulator.add(chunk)
        return accumulator.statistics()

    def rows(self, metrics, length=10**6):
        """Rows over all seasons by metric and component."""
        rows, _ = work_out(self.statistics(metrics, length), metrics, True)
        return {(r["metric"], r["component"]): r for r in rows if r["season"] == r["region"] == "all"}

    def subset(self, name):
        """What the independent path is given of a sequence."""
        times, truth, members = self.sequences[name]
        hours = float(self.grid.step / np.timedelta64(1, "h"))
        doubled = (np.asarray(field, np.float64) for field in (truth, members, truth))
        return Subset(*doubled, self.grid.area, FACTOR, hours, (), None, times, self.grid.time_bin)
