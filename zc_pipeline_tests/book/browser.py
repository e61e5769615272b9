"""Debian's Chromium, driven over its DevTools protocol: what a page shows after its scripts ran.

`websockets` is there with dagster-webserver; drivers such as playwright download browsers of their own.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--remote-debugging-port=0",
)
_PATIENCE_S = 60.0


def program() -> str | None:
    """The browser's path, None where none is installed."""
    return next((found for one in PROGRAMS if (found := shutil.which(one))), None)


class Refused(Exception):
    """The browser did not do what it was asked, e.g. because the page is just being left."""


class Page:
    """One page: what it holds, and every error that it reported."""

    def __init__(self, connection: ClientConnection, session: str) -> None:
        self._connection, self._session = connection, session
        self._numbers = itertools.count(1)
        self.errors: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser something; events that come before the answer are noted."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters, "sessionId": self._session}
        self._connection.send(json.dumps(message))
        while True:
            answer = self._receive()
            if answer.get("id") == number and answer.get("sessionId") == self._session:
                if "error" in answer:
                    raise Refused(f"{method}: {answer['error']}")
                return answer["result"]

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=_PATIENCE_S))
        found = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(found["exceptionDetails"].get("exception", found)))
        elif message.get("method") == "Log.entryAdded" and found["entry"]["level"] == "error":
            self.errors.append(f"{found['entry']['text']} {found['entry'].get('url', '')}")
        elif message.get("method") == "Runtime.consoleAPICalled" and found["type"] in ("error", "assert"):
            self.errors.append(str(found["args"]))
        return message

    def open(self, path: Path, *, query: str = "", width: int = 1280, height: int = 900) -> None:
        """Open a file; ends when it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.as_uri() + query)
        # The page may itself lead on to another.
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        """The value of an expression; promises are waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        ends = time.monotonic() + _PATIENCE_S
        while not self._comes_true(condition):
            assert time.monotonic() < ends, f"it never came to be that {condition}"

    def _comes_true(self, condition: str) -> bool:
        """Whether it does within half a second; not on a page that is just being left."""
        try:
            return bool(
                self.run(
                    "new Promise((done) => { const look = (left) => { let is = false; "
                    f"try {{ is = Boolean({condition}); }} catch {{ /* not yet */ }} "
                    "if (is || !left) done(is); else setTimeout(() => look(left - 1), 20); }; look(25); })"
                )
            )
        except Refused:
            return False

    def text(self, selector: str) -> str:
        """The shown text of an element."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        """Click an element with the mouse, where it is shown."""
        x, y = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); "
            "one.scrollIntoView({ block: 'center' }); const box = one.getBoundingClientRect(); "
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release Tab, Enter or Space."""
        codes = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " ")}
        code, text = codes[key]
        shared = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def prefer(self, scheme: str) -> None:
        """What the system wishes: ``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self) -> bytes:
        """What is in the window, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A browser with one page and a new profile."""
    found = program()
    assert found is not None
    command = [found, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield from _page_of(process)
        finally:
            process.terminate()


def _page_of(process: subprocess.Popen[str]) -> Iterator[Page]:
    assert process.stderr is not None
    address = next(line.split()[-1] for line in process.stderr if line.startswith("DevTools listening on "))
    assert urlsplit(address).hostname == "127.0.0.1"
    with connect(address, max_size=None, proxy=None) as connection:

        def ask(number: int, method: str, **parameters: Any) -> dict[str, Any]:
            connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
            while (answer := json.loads(connection.recv(timeout=_PATIENCE_S))).get("id") != number:
                pass
            return answer["result"]

        target = ask(1, "Target.createTarget", url="about:blank")["targetId"]
        session = ask(2, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        yield Page(connection, session)
