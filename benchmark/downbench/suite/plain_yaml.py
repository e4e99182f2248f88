"""YAML of plain data, read to a stated size and depth, so that no file can stop or crash the suite.

Plain are mappings with text as keys, lists, text, finite numbers, booleans and null. Dates stay text.
Aliases and merge keys (``<<``) count with all that they stand for.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from downbench.errors import UserError

MOST_BYTES = 1_000_000
MOST_VALUES = 10_000
DEEPEST = 32

_TAG = "tag:yaml.org,2002:"
_PLAIN = {_TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map")}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
Steps = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """The safe loader, to which a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TAG + "timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass
class Document:
    """What a text holds, and where.

    Args:
        value: the data.
        source: what messages call the text, for example ``suite my.yaml``.
        lines: line of each value by its path, such as ``("methods", 0, "name")``.
    """

    value: Any
    source: str
    lines: dict[Steps, int] = field(default_factory=dict)

    def where(self, path: Steps) -> str:
        """Where a value stands, or the nearest one that holds it: ``suite my.yaml, line 3``."""
        while path and path not in self.lines:
            path = path[:-1]
        return _at(self.source, self.lines.get(path, 1))


def read_yaml(text: str, source: str) -> Document:
    """Read a text.

    Raises:
        UserError: it is not YAML, not plain data, too large or nested too deeply; the message has the line.
    """
    document = Document(None, source)
    _check_text(text, source)
    try:
        _check_depth(text, source)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            document.value = _Reader(loader, document).value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UserError(f"{_at(source, line)}: it is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{source}: it is not YAML: {getattr(error, 'reason', error)}") from None
    return document


def _at(source: str, line: int) -> str:
    return source if source.startswith("--set") else f"{source}, line {line}"  # an option has one line


def _check_text(text: str, source: str) -> None:
    if len(text) > MOST_BYTES:
        raise UserError(f"{source} is larger than {MOST_BYTES // 1_000_000} MB")
    for number, line in enumerate(text.split("\n"), 1):
        if not _is_writable(line):
            raise UserError(f"{_at(source, number)}: it has a character that is not text")


def _is_writable(text: str) -> bool:
    """Whether a text has neither lone surrogates nor control characters, which no file or path could hold."""
    return _UNWRITABLE.search(text) is None


def _check_depth(text: str, source: str) -> None:
    """Refuse what would exhaust the recursion of PyYAML's composer."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _too_deep(source, _line(event))


def _line(part: yaml.Event | yaml.Node) -> int:
    return part.start_mark.line + 1 if part.start_mark else 1


def _too_deep(source: str, line: int) -> UserError:
    return UserError(f"{_at(source, line)}: it is nested more than {DEEPEST} levels deep")


class _Reader:
    """Makes values of nodes; an alias is made anew each time, so that what it stands for is counted."""

    def __init__(self, loader: _Loader, document: Document) -> None:
        self._loader, self._document, self._count = loader, document, 0

    def value(self, node: yaml.Node, path: Steps) -> Any:
        line = _line(node)
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._refused(line, f"it holds more than {MOST_VALUES:,} values, aliases counted")
        if len(path) > DEEPEST:
            raise _too_deep(self._document.source, line)
        self._document.lines[path] = line
        if node.tag not in _PLAIN:
            raise self._refused(line, f"{node.tag.removeprefix(_TAG)!r} is not plain data")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, path: Steps) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if key_node.tag == _TAG + "merge":
                merged |= self._merged(value_node, path, line)
                continue
            is_text = isinstance(key_node, yaml.ScalarNode) and key_node.tag == _TAG + "str"
            key = self._scalar(key_node, line) if is_text else None
            if not isinstance(key, str):
                raise self._refused(line, "a key is not text; put it in quotes")
            if key in own:
                raise self._refused(line, f"the key {key!r} stands there twice")
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merged(self, node: yaml.Node, path: Steps, line: int) -> dict[str, Any]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for part in reversed(parts):  # the first one wins
            if not isinstance(part, yaml.MappingNode):
                raise self._refused(line, "<< needs a mapping")
            merged |= self.value(part, (*path, "<<"))
        return merged

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        try:
            value = self._loader.construct_object(node)
        except (ValueError, KeyError):  # a number of thousands of digits, or a wrong tag
            raise self._refused(line, f"{_short(node.value)} is not of the type that it claims") from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refused(line, f"{_short(node.value)} is not a finite number")
        if isinstance(value, str) and not _is_writable(value):
            raise self._refused(line, f"{_short(value)} has a character that is not text")
        return value

    def _refused(self, line: int, why: str) -> UserError:
        return UserError(f"{_at(self._document.source, line)}: {why}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
