"""Is the header of a classic NetCDF file plausible? Its counts are held against the size of the file.

netCDF-C believes them: with one flipped bit in a count it may allocate and read for minutes before it gives
up, and a file that was cut off reads as zeros beyond its end. The format is that of "The NetCDF Classic
Format Specification" (CDF-1, CDF-2 and CDF-5).
"""

from __future__ import annotations

import math
from pathlib import Path

from downbench.errors import UserError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}  # bytes of a value, by type
_LISTS = {10: "dimensions", 11: "variables", 12: "attributes"}
_MOST_HEADER = 64 * 2**20  # bytes that are read of a file; larger headers are not checked
_PADDING = 3  # bytes: variables end at a multiple of four, but a file may end with its last value
_HINT = "the file is damaged or cut off: fetch or write it again"


class _Implausible(Exception):
    """What is wrong, in words that follow "its header"."""


def check_classic_header(path: Path) -> None:
    """Refuse a classic NetCDF file whose header cannot be that of a file of its size; others pass.

    Raises:
        UserError: says what in the header is impossible.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        magic = stream.read(4)
        if magic[:3] != b"CDF" or magic[3:] not in (b"\x01", b"\x02", b"\x05"):
            return
        header = _Header(stream.read(_MOST_HEADER), size, magic[3])
    try:
        header.check()
    except _Implausible as wrong:
        raise UserError(f"{path} cannot be opened: its header {wrong}", _HINT) from None
    except IndexError:
        if size <= _MOST_HEADER:
            raise UserError(f"{path} cannot be opened: its header does not come to its end", _HINT) from None


class _Header:
    """A walk through the header, which follows the magic number.

    Args:
        data: of the file from its fourth byte on.
        size: of the whole file [bytes].
        version: 1, 2 or 5 of the format.
    """

    def __init__(self, data: bytes, size: int, version: int) -> None:
        self.data, self.size = data, size
        self.at = 0
        self.wide = 8 if version == 5 else 4  # bytes of a count
        self.offset = 4 if version == 1 else 8  # bytes of a position in the file

    def check(self) -> None:
        """Walk to the end.

        Raises:
            _Implausible: something cannot be.
            IndexError: the data end before.
        """
        records = self.number(self.wide)
        lengths = []
        for _ in range(self.listed(10)):
            self.name()
            lengths.append(self.number(self.wide))
        self.attributes()
        sizes = [self.variable(lengths) for _ in range(self.listed(11))]
        streaming = records == 2 ** (8 * self.wide) - 1  # of unknown number
        in_records = [(begin, size) for begin, size in sizes if begin is not None]
        first = min((begin for begin, _ in in_records), default=0)
        needed = first + records * sum(size for _, size in in_records)
        if not streaming and needed > self.size + _PADDING:
            raise _Implausible(f"says {records} records, more than the file holds")

    def variable(self, lengths: list[int]) -> tuple[int | None, int]:
        """Where the records of a variable begin, if it has records, and the bytes of it, or of one record."""
        name = self.name()
        count = self.count("dimensions of a variable", self.wide)
        dims = [self.number(self.wide) for _ in range(count)]
        if any(dim >= len(lengths) for dim in dims):
            raise _Implausible(f"gives variable {name!r} a dimension that is not there")
        self.attributes()
        kind = self.kind()
        self.number(self.wide)  # its size, which readers work out themselves
        begin = self.number(self.offset)
        shape = [lengths[dim] for dim in dims]
        is_record = bool(shape) and shape[0] == 0
        size = _SIZES[kind] * math.prod(shape[1:] if is_record else shape)
        if begin > self.size or (not is_record and begin + size > self.size + _PADDING):
            raise _Implausible(f"says that variable {name!r} goes beyond the end of the file")
        return begin if is_record else None, size

    def attributes(self) -> None:
        """Step over a list of attributes."""
        for _ in range(self.listed(12)):
            self.name()
            kind = self.kind()
            self.skip(_SIZES[kind] * self.number(self.wide))

    def listed(self, tag: int) -> int:
        """Length of a list, which begins with its tag, or with zero if it is empty."""
        read = self.number(4)
        count = self.count(_LISTS[tag], 8)
        if read != tag and (read, count) != (0, 0):
            raise _Implausible(f"has no list of {_LISTS[tag]} where one must be")
        return count

    def count(self, what: str, least: int) -> int:
        """A number of things that take so many bytes at least."""
        count = self.number(self.wide)
        if count * least > self.size:
            raise _Implausible(f"says {count} {what}, more than the file can hold")
        return count

    def name(self) -> str:
        """A name, padded to four bytes."""
        length = self.number(self.wide)
        start = self.at
        self.skip(length)
        return self.data[start : start + min(length, 80)].decode("utf-8", "replace")

    def kind(self) -> int:
        """A type of values."""
        kind = self.number(4)
        if kind not in _SIZES:
            raise _Implausible(f"names a type {kind}, which there is not")
        return kind

    def number(self, width: int) -> int:
        """A number without sign."""
        read = self.data[self.at : self.at + width]
        if len(read) < width:
            raise IndexError
        self.at += width
        return int.from_bytes(read, "big")

    def skip(self, length: int) -> None:
        """Step over bytes and their padding to four."""
        self.at += -(-length // 4) * 4
        if self.at > len(self.data):
            raise IndexError
