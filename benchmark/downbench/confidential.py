"""Secrets that must not reach a record: passwords in addresses, tokens, values of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_LEAST = 8  # letters of a value of the environment that is looked for in texts
_SECRET = r"(?:token|secret|passw(?:or)?d|pwd|api_?key|access_?key|credentials?|signature|sig|auth)"
_NAME = re.compile(rf"(?:^|_){_SECRET}(?:_|$)|_KEY$", re.IGNORECASE)
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*:/{1,2})[^/\s@'\"]+(?::[^\s@'\"]*)?@", re.IGNORECASE)
_QUERY = re.compile(rf"(?P<name>[?&][\w.-]*{_SECRET}[\w.-]*=)[^&\s'\"#]+", re.IGNORECASE)
_HEADER = re.compile(r"(?P<name>\b(?:Bearer|Basic|Authorization:)\s+)[\w.~+/=-]{8,}")
_FIELD = re.compile(rf"^(?:.*[_.-])?{_SECRET}(?:[_.-].*)?$", re.IGNORECASE)


def without_secrets(value: Any) -> Any:
    """The same JSON value with ``***`` in place of what looks like a secret.

    These are user names and passwords in addresses, tokens and keys in queries and headers, values of keys
    such as ``password``, and the values that variables of the environment with such names have.
    """
    return _clean(value, _values_of_environment())


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return _clean_text(value, secrets)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(one, str) and one and _FIELD.match(str(key)) else _clean(one, secrets)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(one, secrets) for one in value]
    return value


def _clean_text(text: str, secrets: tuple[str, ...]) -> str:
    if ":/" in text or "=" in text or " " in text:
        text = _ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
        text = _QUERY.sub(rf"\g<name>{HIDDEN}", text)
        text = _HEADER.sub(rf"\g<name>{HIDDEN}", text)
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _values_of_environment() -> tuple[str, ...]:
    """Values of variables that are named like secrets; a path is none, whatever its name."""
    values = {
        value
        for name, value in os.environ.items()
        if _NAME.search(name) and len(value) >= _LEAST and not value.startswith(("/", "~", "."))
    }
    return tuple(sorted(values, key=len, reverse=True))
