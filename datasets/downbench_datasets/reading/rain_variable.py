"""Which variable of a file is precipitation."""

from __future__ import annotations

import re
from difflib import get_close_matches

import xarray as xr

from downbench import UserError
from downbench_datasets.reading.settings import option

NAMES = (
    "precipitation", "precipitation_rate", "pr", "prate", "PRATEsfc", "PRATEsfc_coarse", "precip",
    "precipitationCal", "rain_rate", "rainfall_rate", "rainfall", "rain", "rainrate",
    "tprate", "mtpr", "avg_tprate", "tp", "rr", "total_precipitation", "total_precipitation_1hr",
    "total_precipitation_6hr", "total_precipitation_24hr", "precipitation_surface", "precipitation_amount",
    "tot_prec", "prect", "prectot", "prectotcorr", "prec", "prec_rate", "pcp", "pcpn", "prcp", "ppt",
    "cmorph", "pr_hourly", "tp06", "tp24",
    "PRATE_surface", "RATE", "ACRR",
    "APCP", "APCP_surface", "apcpsfc", "RAINC+RAINSH+RAINNC", "RAINC+RAINNC", "RAINNC",
    "PREC_ACC_C+PREC_ACC_NC", "PREC_ACC_NC", "cp+lsp",
)  # fmt: skip
STANDARD_NAMES = (
    "precipitation_flux", "lwe_precipitation_rate", "rainfall_flux", "rainfall_rate",
    "precipitation_amount", "lwe_thickness_of_precipitation_amount", "rainfall_amount",
    "thickness_of_rainfall_amount",
)  # fmt: skip
# Rain in the languages that data come in; no terrain, drainage or training.
_WORDS = re.compile(
    r"precip|(?<![a-z])rain(?!ed|ing)|pr\u00e9cip|niederschlag|neerslag|nedb\u00f8r|nederb\u00f6rd|(?<![a-z])regen(?![a-z])"
    r"|(?<![a-z])(pluie|lluvia|chuva|nedbor|pioggia)"
)
_PARTS = (
    "convective",
    "large_scale",
    "large-scale",
    "stratiform",
    "snow",
    "solid",
    "error",
    "quality",
    "flag",
    "deviation",
    "std",
    "probability",
    "anomaly",
    "uncertainty",
    "number",
    "count",
    "percentile",
    "quantile",
    "duration",
    "maximum",
    "minimum",
    "climatolog",
    "minus",
    "evap",
    "column",
    "mixing",
    "throughfall",
    "intercept",
    "type",
    "wet days",
)
# What stands in a name or in cell_methods of a statistic of rain that is neither its mean nor its sum.
_STATISTIC = re.compile(
    r"(?<![a-z])(?:max|std|stdev|stddev|sd|anom|anomal(?:y|ies)|err|error|uncertainty|spread|variance|percentile"
    r"|quantile|clim|climatology|p\d\d|q\d\d)(?![a-z0-9])|max$|maximum"
)
_METHOD = re.compile(  # or, over several years, a climatology
    r"\bover years\b"
    r"|:\s*(?:max|maximum|min|minimum|standard_deviation|std|variance|range|mid_range|mode|percentile)\b"
)


def find_variable(source: xr.Dataset, wanted: str | None, where: str) -> str | None:
    """Name of the precipitation variable: the one asked for, else by standard name, name or description.

    A variable whose standard name is of something else, such as evaporation, is never it, whatever its units.

    Raises:
        UserError: the one asked for is not there or holds no numbers, or several could be meant.
    """
    names = [str(name) for name in source.data_vars]
    if wanted is not None:
        return _asked_for(source, wanted, names, where)
    fields = [name for name in names if _is_field(source[name]) and not _is_statistic(source[name])]
    for standard_name in STANDARD_NAMES:
        matching = [name for name in fields if source[name].attrs.get("standard_name") == standard_name]
        if matching:
            most = max(source[name].ndim for name in matching)  # a mean over time has no time
            whole = [name for name in matching if source[name].ndim == most]
            return _by_name(whole) or _only(whole, where)
    fields = [name for name in fields if _may_be_rain(source[name])]
    if (name := _by_name(fields)) is not None:
        return name
    described = [name for name in fields if _is_described(source[name])]
    return _only(described, where) if described else None


def _only(names: list[str], where: str) -> str:
    if len(names) > 1:
        raise UserError(
            f"{where}: which of {', '.join(names)} is precipitation?",
            f"say so: {option('variable', 'NAME')}",
        )
    return names[0]


def rivals_of(source: xr.Dataset, name: str) -> list[str]:
    """Variables that might be meant as well as the one that was taken, of the same dims."""
    parts = name.split("+")
    return [
        other
        for other in map(str, source.data_vars)
        if other not in (name, *parts)
        and not set(parts) & set(other.split("+"))
        and source[other].dims == source[name].dims
        and _is_field(source[other])
        and not _is_statistic(source[other])
        and _may_be_rain(source[other])
        and (_by_name([other]) or source[other].attrs.get("standard_name") in STANDARD_NAMES)
    ]


def snow_beside(source: xr.Dataset, name: str) -> str | None:
    """The variable with the snow that falls beside what is rain alone, in its units; None without one."""
    standard_name = str(source[name].attrs.get("standard_name", ""))
    if not (standard_name.startswith("rainfall") or name.lower().startswith("rain")):
        return None
    for other in map(str, source.data_vars):
        said = f"{other} {source[other].attrs.get('standard_name', '')}".lower()
        falls = "snowfall" in said or other.lower() in ("snowf", "snow", "prsn")
        units = {str(source[each].attrs.get("units", "")) for each in (name, other)}
        if falls and source[other].dims == source[name].dims and len(units) == 1:
            return other
    return None


def describe_variables(sources: list[xr.Dataset]) -> str:
    """Names of all variables with what they say they are, and how to say which of them is rain."""
    described = {}
    for source in sources:
        for name, field in source.data_vars.items():
            said = ", ".join(
                str(field.attrs[key])
                for key in ("standard_name", "units", "cell_methods")
                if key in field.attrs
            )
            described[str(name)] = f"{name} ({said})" if said else str(name)
    seen = ", ".join(described[name] for name in sorted(described))
    return f"its variables: {seen or 'none'}; if one of them is rain, say so: {option('variable', 'NAME')}"


def _asked_for(source: xr.Dataset, wanted: str, names: list[str], where: str) -> str:
    if wanted not in names:
        close = get_close_matches(wanted, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"its variables: {', '.join(names) or 'none'}"
        raise UserError(f"{where} has no variable {wanted!r}", hint)
    if source[wanted].dtype.kind not in "iuf":
        raise UserError(f"{where}: the variable {wanted!r} holds no numbers", "name another one")
    return wanted


def _is_field(variable: xr.DataArray) -> bool:
    return variable.ndim >= 2 and variable.dtype.kind in "iuf"


def _is_statistic(variable: xr.DataArray) -> bool:
    """Whether a variable is a maximum, a deviation or the like, by its name or ``cell_methods``."""
    methods = re.sub(r"\([^()]*\)", " ", str(variable.attrs.get("cell_methods", "")).lower())
    return bool(_METHOD.search(methods) or _STATISTIC.search(str(variable.name).lower()))


def _by_name(names: list[str]) -> str | None:
    lower = {name.lower(): name for name in reversed(names)}
    return next((lower[name.lower()] for name in NAMES if name.lower() in lower), None)


def _may_be_rain(variable: xr.DataArray) -> bool:
    """Whether a standard name, where there is one, speaks of rain."""
    standard_name = str(variable.attrs.get("standard_name", "")).lower()
    return standard_name in ("", "unknown") or bool(_WORDS.search(standard_name))


def _is_described(variable: xr.DataArray) -> bool:
    """Whether the variable's name or description speaks of rain as a whole, not of a part of it."""
    attrs = variable.attrs
    text = " ".join(str(attrs.get(key, "")) for key in ("standard_name", "long_name", "description"))
    text = f"{variable.name} {text}".lower()
    return bool(_WORDS.search(text)) and not any(part in text for part in _PARTS)
