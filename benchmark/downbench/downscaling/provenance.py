"""What a downscaled file says of itself: what made it of what, and in which units its rain is."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import Any

import numpy as np

from downbench.downscaling.request import ApplyRequest
from downbench.store.keys import code_version
from downbench.version import __version__


def provenance(request: ApplyRequest) -> dict[str, Any]:
    """Global attributes of the output: what made it of what; no path, no time of day."""
    info, card = request.info, request.weights.card
    trained, code = card.dataset, code_version(request.entry)
    notes = ["made by a statistical method from the coarse input; no observation, no simulation"]
    if trained.standin:
        notes.append("the method was fitted on a synthetic stand-in, not on real rain")
    return {
        "Conventions": "CF-1.8",
        "title": f"Precipitation downscaled {request.factor} times by {info.title or info.name}",
        "source": f"downbench {__version__}: {request.entry.full_name} {code}",
        "references": info.reference,
        "comment": "; ".join(notes),
        **{f"input_{key}": value for key, value in request.source.origin.items()},
        "downbench_method": request.entry.full_name,
        "downbench_method_version": code,
        "downbench_configuration": _plain(request.config.model_dump(mode="json")),
        "downbench_fit_key": card.key,
        "downbench_fitted_by_version": card.method.version,
        "downbench_weights": request.weights.digest,
        "downbench_training_data": trained.label,
        "downbench_training_fingerprint": trained.fingerprint,
        "downbench_seed": request.seed,
        "downbench_sequence": request.sequence,
        "downbench_versions": _plain(_versions()),
        "downbench_request": _plain(request.identity),
    }


def rain_attributes(request: ApplyRequest) -> dict[str, Any]:
    """Attributes of the output's rain."""
    flux = request.units.strip().startswith("kg")
    return {
        "standard_name": "precipitation_flux" if flux else "lwe_precipitation_rate",
        "long_name": "precipitation",
        "units": request.units,
        **request.source.attributes,
    }


def _versions() -> dict[str, str]:
    return {
        "downbench": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{name: version(name) for name in ("zarr", "xarray")},
    }


def _plain(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True)
