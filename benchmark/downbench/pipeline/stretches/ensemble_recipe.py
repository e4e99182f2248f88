"""What workers are sent in place of a fitted method and its frames: names, from which each makes its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from downbench.contracts.method import Method
from downbench.errors import DownbenchError, RunFailed
from downbench.models.model_damage import card_digest
from downbench.pipeline.cluster.recipe import (
    FramesRecipe,
    be_the_same,
    frames_of,
    lacking,
    recipe_of_frames,
    this_worker,
)
from downbench.pipeline.cluster.scoring import Versions
from downbench.pipeline.cluster.versions import SAME
from downbench.pipeline.cost import pick_device
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.plugins.session import registry
from downbench.store.keys import code_version
from downbench.store.run_directory import RunDirectory


@dataclass(frozen=True)
class EnsembleRecipe:
    """Names from which a worker makes what it samples; plain and hashable.

    The digest of the fitted model is among them: a fit with a budget, for example, gives another model under
    the same key when it is done again, and a worker keeps the method that it has loaded.
    """

    frames: FramesRecipe
    method: str
    version: str
    configuration: str
    seed: int
    members: int
    device: str
    directory: RunDirectory
    model: str | None
    metrics: Versions = ()


def recipe_of_ensemble(plan: SamplingPlan, metrics: Versions = ()) -> EnsembleRecipe:
    """What a worker needs to know of what is sampled, and of the metrics that score it there."""
    directory = plan.directory
    return EnsembleRecipe(
        frames=recipe_of_frames(plan.frames),
        method=plan.entry.full_name,
        version=code_version(plan.entry),
        configuration=json.dumps(plan.config.model_dump(mode="json"), sort_keys=True),
        seed=plan.seed,
        members=plan.members,
        device=plan.wanted_device,
        directory=RunDirectory(**{**vars(directory), "root": directory.root.resolve()}),
        model=card_digest(directory.model),
        metrics=metrics,
    )


@lru_cache(maxsize=2)
def ensemble_of(recipe: EnsembleRecipe) -> tuple[SamplingPlan, Method]:
    """Resolve the names of a recipe in this process, and restore the fitted method.

    Raises:
        RunFailed: this worker has another release or other code of the method, lacks something, or sees
            another fitted model.
    """
    frames = frames_of(recipe.frames)
    be_the_same(recipe.frames.release, recipe.frames.plugins)  # the frames may be kept from before
    try:
        entry = registry().find("method", recipe.method)
        method_class = entry.load()
        device = pick_device(recipe.device)
    except DownbenchError as error:
        raise lacking(error) from error
    if code_version(entry) != recipe.version:
        raise RunFailed(
            f"{this_worker()} has {recipe.method} {code_version(entry)}, the client has {recipe.version}",
            SAME,
        )
    plan = SamplingPlan(
        label=f"{entry.info.name} on {frames.label}",
        entry=entry,
        method_class=method_class,
        config=method_class.Config.model_validate_json(recipe.configuration),
        seed=recipe.seed,
        members=recipe.members,
        device=device,
        frames=frames,
        directory=recipe.directory,
    )
    if not plan.directory.model.is_dir():
        raise RunFailed(
            f"{this_worker()} does not see the fitted model at {plan.directory.model}",
            "every worker must see the folder of runs at the same path",
        )
    if card_digest(plan.directory.model) != recipe.model:
        raise RunFailed(
            f"{this_worker()} sees another fitted model at {plan.directory.model} than the client",
            "every worker must see the same folder of runs",
        )
    return plan, load_model(plan)
