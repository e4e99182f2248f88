"""A fitted method, restored from its run directory."""

from __future__ import annotations

from downbench.contracts.method import Method
from downbench.errors import DamagedData, RunFailed
from downbench.guard import running
from downbench.models.model_damage import model_damage
from downbench.pipeline.sampling_plan import SamplingPlan


def load_model(plan: SamplingPlan) -> Method:
    """Restore the fitted method, with the sampling parameters of this plan.

    Raises:
        DamagedData: what was saved is not what is there.
        RunFailed: it cannot be read.
    """
    if damage := model_damage(plan.directory.model):
        raise DamagedData(plan.directory.model, damage, f"move {plan.directory.fit} away to fit again")
    with running(f"method {plan.name!r}", plan.method_class):
        try:
            method = plan.method_class.load(plan.directory.model)
        except (OSError, ValueError, KeyError) as error:
            raise RunFailed(
                f"the fitted model in {plan.directory.model} cannot be read: {error}",
                f"move {plan.directory.fit} away to fit again",
            ) from error
    method.config = plan.config
    return method
