"""What somebody chose of a dataset's parameters."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_jsonable_python

from downbench.plugins.session import registry


def without_defaults(name: str, configuration: dict[str, Any]) -> dict[str, Any]:
    """What was set by somebody: a dataset may refuse parameters that its data leave no choice of.

    Args:
        name: of the dataset, or path of its card.
        configuration: all its parameters, as a record has them.

    Raises:
        UserError: there is no such dataset.
    """
    fields = registry().find("dataset", name).load().Config.model_fields
    defaults = {key: to_jsonable_python(field.get_default()) for key, field in fields.items()}
    return {key: value for key, value in configuration.items() if value != defaults.get(key)}
