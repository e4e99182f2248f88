"""A headless Chromium that a test drives: real clicks, keys and touches, screenshots and prints.

It speaks the browser's own protocol over two pipes, so that nothing but the browser has to be installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-sync",
        "--hide-scrollbars",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions"),
    "--remote-debugging-pipe",
)


_MIDDLE = """(() => {
  const e = document.querySelector(%s);
  e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const b = e.getBoundingClientRect();
  return [b.x + b.width / 2, b.y + b.height / 2];
})()"""


class Page:
    """One page of one browser.

    ``requests`` are the addresses that it asked for, ``errors`` those of its scripts.
    """

    def __init__(self, profile: Path) -> None:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            pytest.skip("no chromium on PATH")
        read_commands, self._write = os.pipe()
        self._read, write_answers = os.pipe()

        def in_child() -> None:
            commands, answers = os.dup(read_commands), os.dup(write_answers)  # 3 and 4 may be in use
            os.dup2(commands, 3)
            os.dup2(answers, 4)

        command = [browser, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command,
            preexec_fn=in_child,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._buffer, self._number, self._session = b"", 0, None
        self.requests: list[str] = []
        self.errors: list[str] = []
        (target,) = (t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End this browser."""
        self._process.terminate()
        self._process.wait(20)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser has ended")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        event = json.loads(text)
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
            self.errors.append(event["params"]["entry"]["text"])
        return event

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a page from disk and wait until its script has drawn it."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        self.wait("document.documentElement?.dataset.ready === 'yes'")

    def go(self, fragment: str) -> None:
        """Another view of the same page, as a link leads to it."""
        self.run(f"location.hash = {json.dumps(fragment)}; new Promise((r) => setTimeout(r, 30))")

    def wait(self, condition: str, seconds: float = 30) -> None:
        """Until an expression is true."""
        end = time.monotonic() + seconds
        while not self._holds(condition):
            assert time.monotonic() < end, f"never true: {condition}; errors: {self.errors}"
            time.sleep(0.02)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.run(condition))
        except RuntimeError as error:  # asked while the page gave way to the next one
            if "navigated" not in str(error):
                raise
            return False

    def click(self, selector: str, touch: bool = False) -> None:
        """A real click, or tap, in the middle of the first element that matches."""
        x, y = self._at_rest(_MIDDLE % json.dumps(selector))
        if touch:
            self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _at_rest(self, place: str) -> Any:
        """A place in the page once it stays: after a change of size it is laid out anew, a little later."""
        seen, now = None, self.run(place)
        while now != seen:
            self.run("new Promise((r) => setTimeout(r, 50))")
            seen, now = now, self.run(place)
        return now

    def press(self, key: str) -> None:
        """A key, as KeyboardEvent names it."""
        code = {"Enter": 13, "Escape": 27, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text
            )

    def size(self, width: int, height: int = 900, *, dark: bool = False, mobile: bool = False) -> None:
        """Size of the window, and whether its user likes it dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )

    def pdf(self) -> bytes:
        """The page as it prints."""
        return b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
