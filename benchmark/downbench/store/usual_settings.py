"""What a run has otherwise than its method's preset gives today on the same data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from downbench.contracts.configuration import USUAL_PRESET, Config, build_config
from downbench.errors import DownbenchError
from downbench.plugins.session import registry

if TYPE_CHECKING:
    from downbench.contracts.method import Method


def set_otherwise(run: Any) -> dict[str, Any] | None:
    """Parameters that a run has otherwise than its preset gives now on its data.

    Args:
        run: its record, or another reading of it with the same names.

    Returns:
        None where nobody here knows the method, or its preset.
    """
    configuration = run.method.configuration
    try:
        cls = registry().find("method", f"{run.method.distribution}:{run.method.name}").load()
        usual = [one.model_dump(mode="json") for one in _usual_configurations(cls, run.method.preset, run)]
    except DownbenchError:
        return None
    fields = cls.Config.model_fields.items()
    defaults = {key: to_jsonable_python(field.get_default()) for key, field in fields}
    # a parameter that came after results were kept is in a record only where it has another value
    said = [key for key, field in fields if key in configuration or field.exclude_if is not None]
    return {
        key: configuration.get(key, defaults[key])
        for key in said
        if any(own.get(key, defaults[key]) != configuration.get(key, defaults[key]) for own in usual)
    }


def _usual_configurations(cls: type[Method[Any]], preset: str | None, run: Any) -> Iterator[Config]:
    """Configurations that a command without ``--set`` may give on the data of a run.

    There are two where the record does not say whether coarse rain is the mean of the fine.

    Raises:
        UserError: the method has no such preset.
    """
    preset = preset or USUAL_PRESET
    factor = run.dataset.factor
    suited = dict(cls.preset_at(preset, int(factor))) if factor and preset in cls.presets else {}
    measured = None if run.track else next(iter(run.dataset.relation.values()), None)
    perfect = None if measured is None else measured.perfect
    for is_mean in (True, False) if perfect is None else (perfect,):
        own = suited if is_mean else {**suited, **cls.where_not_mean}
        yield build_config(cls.__name__, cls.Config, cls.presets, preset, own)
