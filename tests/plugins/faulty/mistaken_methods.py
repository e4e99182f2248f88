"""A plug-in file: one right method, and that method with each of the mistakes that authors make."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from downbench import Config, Method, MethodInfo, hookimpl, open_dataset, upsample

DIMS = ("member", "time", "y", "x")


class Good(Method):
    """Interpolated rain times keyed noise; subclasses go wrong in one place each."""

    def sample(self, coarse: Any, static: Any, members: int, context: Any) -> Iterator[Any]:
        """Frame by frame."""
        rain = coarse["precipitation"]
        for t in range(context.start, rain.sizes["time"]):
            yield self.made(coarse, static, members, context, t)

    def made(self, coarse: Any, static: Any, members: int, context: Any, t: int) -> Any:
        """One frame of the ensemble."""
        rain = coarse["precipitation"].isel(time=[t])
        values = self.rain(np.nan_to_num(rain.to_numpy()), coarse, t, context)
        values = values * self.noise(context, members, rain["time"].to_numpy(), values.shape[1:])
        return xr.DataArray(np.float32(values), dims=DIMS, coords={"time": rain["time"]})

    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        """Smooth rain (time, y, x)."""
        return upsample(now, context.factor, "nearest")

    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        """Factors (member, time, y, x) of mean one."""
        return 1 + 0.2 * np.tanh(context.normal(members, times, shape))


class Turned(Good):
    """Right: its dims are in another order, but named."""

    def made(self, *given: Any) -> Any:
        return super().made(*given).transpose("x", "time", "y", "member")


class Talks(Good):
    """Right: it prints."""

    def fit(self, train: Any, validation: Any, context: Any) -> None:
        print("hello")


class Swapped(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return super().rain(now, coarse, t, context).swapaxes(1, 2)


class Flipped(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return super().rain(now, coarse, t, context)[:, ::-1]


class Shifted(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return np.roll(super().rain(now, coarse, t, context), context.factor, axis=2)


class OtherDims(Good):
    def made(self, *given: Any) -> Any:
        return super().made(*given).rename(member="ensemble", y="lat", x="lon")


class KgPerSecond(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return super().rain(now, coarse, t, context) / 3600


class PerDay(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return super().rain(now, coarse, t, context) * 24


class KgAttribute(Good):
    def made(self, *given: Any) -> Any:
        return super().made(*given).assign_attrs(units="kg m-2 s-1")


class Numpy(Good):
    def made(self, *given: Any) -> Any:
        return super().made(*given).to_numpy()


class Torch(Good):
    def made(self, *given: Any) -> Any:
        import torch

        return torch.as_tensor(super().made(*given).to_numpy())


class Half(Good):
    def sample(self, coarse: Any, static: Any, members: int, context: Any) -> Iterator[Any]:
        parts = list(super().sample(coarse, static, members, context))
        yield from parts[: len(parts) // 2]


class TooMany(Good):
    def sample(self, coarse: Any, static: Any, members: int, context: Any) -> Iterator[Any]:
        parts = list(super().sample(coarse, static, members, context))
        yield from parts
        yield parts[-1].assign_coords(time=parts[-1]["time"] + np.timedelta64(3, "h"))


class Missing(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        values = super().rain(now, coarse, t, context)
        values[:, 5, 5] = np.nan
        return values


class DryIsMissing(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return super().rain(now, coarse, t, context) * (now.mean() / now.mean())


class Negative(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        values = super().rain(now, coarse, t, context)
        return np.where(values > 0.1, 1.6 * values, -0.5)


class Unkeyed(Good):
    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        return np.random.uniform(0.8, 1.2, (members, len(times), *shape))  # noqa: NPY002


class OwnSeed(Good):
    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        return np.random.default_rng(context.seed).uniform(0.8, 1.2, (members, len(times), *shape))


class SeedsAll(Good):
    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        random.seed(context.seed)
        return super().noise(context, members, times, shape)


class FixedSeed(Good):
    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        return super().noise(replace(context, seed=1), members, times, shape)


class OneMember(Good):
    def made(self, *given: Any) -> Any:
        return super().made(*given).isel(member=[0])


class WritesInput(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        coarse["precipitation"].to_numpy()[coarse["precipitation"].to_numpy() < 0.01] = 0
        return super().rain(now, coarse, t, context)


class WritesTraining(Good):
    def fit(self, train: Any, validation: Any, context: Any) -> None:
        train[0].fine.values[...] *= 2


class FitRaises(Good):
    def fit(self, train: Any, validation: Any, context: Any) -> None:
        raise RuntimeError("no luck")


class OtherSignature(Good):
    def fit(self, train: Any) -> None:  # type: ignore[override]
        pass


class RaisesHalfWay(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        if t == 3:
            raise KeyError("frame")
        return super().rain(now, coarse, t, context)


class NoTime(Good):
    def made(self, *given: Any) -> Any:
        return super().made(*given).drop_vars("time")


class LateTime(Good):
    def made(self, *given: Any) -> Any:
        part = super().made(*given)
        return part.assign_coords(time=part["time"] + np.timedelta64(1, "h"))


class OtherCells(Good):
    def made(self, coarse: Any, static: Any, members: int, context: Any, t: int) -> Any:
        part = super().made(coarse, static, members, context, t)
        return part.assign_coords(y=static["y"].to_numpy()[::-1], x=static["x"].to_numpy())


class NextFrame(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        after = coarse["precipitation"].to_numpy()[[min(t + 1, coarse.sizes["time"] - 1)]]
        return super().rain((now + np.nan_to_num(after)) / 2, coarse, t, context)


class FrameBefore(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        before = coarse["precipitation"].to_numpy()[[max(t - 1, 0)]]
        return super().rain((now + np.nan_to_num(before)) / 2, coarse, t, context)


class ForgetsFit(Good):
    def fit(self, train: Any, validation: Any, context: Any) -> None:
        self.scale = 1.0

    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return self.scale * super().rain(now, coarse, t, context)


class Returns(Good):
    def sample(self, coarse: Any, static: Any, members: int, context: Any) -> Any:
        return xr.concat(list(super().sample(coarse, static, members, context)), "time")


class ReturnsNone(Good):
    def sample(self, coarse: Any, static: Any, members: int, context: Any) -> Any:
        return None


class Pickles(Good):
    def save(self, directory: Any) -> None:
        super().save(directory)
        (directory / "state.bin").write_bytes(pickle.dumps({"scale": 1}))


class PicklesObjects(Good):
    def save(self, directory: Any) -> None:
        super().save(directory)
        np.savez(directory / "state.npz", scales=np.array([{"scale": 1}], dtype=object))


class Identical(Good):
    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        return np.repeat(super().noise(context, 1, times, shape), members, axis=0)


class Zero(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return 0 * super().rain(now, coarse, t, context)


class FixedSize(Good):
    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        return super().rain(now.reshape(1, 8, 8), coarse, t, context)


class PeeksAround(Good):
    """It finds the truth in the variables of what called it."""

    def rain(self, now: Any, coarse: Any, t: int, context: Any) -> Any:
        frame: Any = sys._getframe()
        while frame is not None:
            for value in list(frame.f_locals.values()):
                fine = getattr(value, "fine", None)
                if isinstance(fine, xr.DataArray) and fine.sizes["time"] == coarse.sizes["time"]:
                    return 0.5 * fine.to_numpy()[[t], 0] + 0.5 * super().rain(now, coarse, t, context)
            frame = frame.f_back
        return super().rain(now, coarse, t, context)


class OpensTruth(Good):
    """It opens the test split of a dataset by itself, and hides that it failed."""

    def fit(self, train: Any, validation: Any, context: Any) -> None:
        try:
            open_dataset("xshield").open("test")
        except Exception:
            return


class Ranks(Good):
    """It may be cut by member, says its description, but gives ranks among all members of a cell."""

    @classmethod
    def cuts(cls, config: Any, declared: tuple[str, ...]) -> tuple[str, ...]:
        return ("tile", "member")

    def noise(self, context: Any, members: int, times: Any, shape: Any) -> Any:
        ranks = context.normal(members, times, shape).argsort(0).argsort(0)
        return 0.8 + 0.4 * (ranks + 0.5) / members


class BigOnly(Good):
    """Presets without the one that a run takes by default."""

    class Config(Config):
        width: int = 3

    presets = {"large": {"width": 9}}  # noqa: RUF012


KINDS = {
    name: kind for name, kind in list(globals().items()) if isinstance(kind, type) and issubclass(kind, Good)
}


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Each class by its name in lower case."""
    return [MethodInfo(name=name.lower(), target=f"mistaken_methods:{name}") for name in KINDS]
