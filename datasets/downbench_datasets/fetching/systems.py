"""File systems of fsspec, anonymous, with time limits; what goes wrong there in one message."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from downbench import RunFailed, UserError

LONGEST_WAIT = 30.0  # s between two tries
_FOR_GOOD = (FileNotFoundError, PermissionError, IsADirectoryError, NotImplementedError, UserError)
_PAGE = (b"<!doctype html", b"<html", b"<head")
_NEEDED = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp", "https": "aiohttp", "az": "adlfs"}
T = TypeVar("T")


def protocol_of(address: str) -> str:
    """``https`` of ``https://...``; ``file`` of a path."""
    head, colon, _ = address.partition("://")
    return head.lower() if colon else "file"


def storage_options(protocol: str, timeout: float, more: dict[str, Any]) -> dict[str, Any]:
    """Options of a file system that signs nothing and waits no longer than ``timeout`` seconds."""
    options: dict[str, Any] = {}
    if protocol in ("http", "https"):
        import aiohttp

        limits = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        options["client_kwargs"] = {"timeout": limits}
    elif protocol == "s3":
        options |= {"anon": True, "config_kwargs": {"connect_timeout": timeout, "read_timeout": timeout}}
    elif protocol in ("gs", "gcs"):
        options |= {"token": "anon", "timeout": timeout}
    return options | more


def open_system(address: str, timeout: float, more: dict[str, Any]) -> Any:
    """The fsspec file system of an address.

    Raises:
        UserError: the protocol is unknown, or needs a package that is not installed.
    """
    import fsspec

    protocol = protocol_of(address)
    try:
        return fsspec.filesystem(protocol, **storage_options(protocol, timeout, more))
    except ImportError as error:
        package = _NEEDED.get(protocol, error.name or protocol)
        raise UserError(
            f"{protocol}:// needs the package {package}", f"pip install {package}, or fetch the files by hand"
        ) from error
    except ValueError as error:
        raise UserError(
            f"{address}: there is no file system for {protocol}://", "give https://, s3:// or gs://"
        ) from error


def retried(action: Callable[[], T], what: str, retries: int, wait: float = 1.0) -> T:
    """Do something that may fail for a while: again after ``wait`` seconds, then twice as long, and so on.

    Raises:
        UserError: there is nothing, or no permission.
        RunFailed: it failed more than ``retries`` times; what was fetched before is kept by the caller.
    """
    for tried in range(retries + 1):
        try:
            return action()
        except _FOR_GOOD as error:
            if isinstance(error, UserError):
                raise
            raise UserError(f"{what}: {_reason(error)}", "is the address right, and open to all?") from error
        except Exception as error:  # each file system raises its own
            if tried == retries:
                times = f"after {retries + 1} tries" if retries else "at the first try"
                raise RunFailed(
                    f"{what} failed {times}: {_reason(error)}",
                    "what was fetched is kept; the same command goes on there",
                ) from error
            time.sleep(min(wait * 2**tried, LONGEST_WAIT))
    raise AssertionError("unreachable")


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    text = str(error).splitlines()[0] if str(error) else ""
    return text or type(error).__name__


def refuse_page(start: bytes, what: str) -> None:
    """Refuse a web page that stands where data should be, as login pages do with status 200.

    Raises:
        UserError: the first bytes are those of HTML.
    """
    if start[:512].lstrip().lower().startswith(_PAGE):
        raise UserError(
            f"{what} answers with a web page in place of data",
            "it may ask for a login or a licence, or the address is wrong: open it in a browser, fetch the "
            "files by hand, and say where they are with --source FOLDER",
        )
