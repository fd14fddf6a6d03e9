"""A headless Chromium that is controlled over its debugging pipe."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.checkout.shell import Failure

_FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    # Without a person to ask, Chromium itself would keep pages from this machine; others do not.
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
]
# Chromium reads commands at descriptor 3 and writes answers and events at 4.
_SECONDS = 60.0
_PIPES = 'exec "$0" "$@" 3<&{} 4>&{}'


class Browser:
    """One tab; every wait is bounded. Methods raise Failure when the browser does not do it."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._ids = itertools.count(1)
        self._data = b""
        self._events: list[dict[str, Any]] = []
        self._session: dict[str, str] = {}  # of the browser itself, until there is a tab
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": found["sessionId"]}
        self.call("Page.enable")

    def open(self, address: str) -> None:
        """Open an address and wait until the page is loaded."""
        self._events.clear()
        self.call("Page.navigate", url=address)
        self.wait("Page.loadEventFired")

    def open_as(self, address: str, page: str) -> None:
        """Open a page of our own as if the server at the address had sent it."""
        self.call("Fetch.enable", patterns=[{"urlPattern": address}])
        self._events.clear()
        self._send("Page.navigate", url=address)
        paused = self.wait("Fetch.requestPaused")
        self.call(
            "Fetch.fulfillRequest",
            requestId=paused["requestId"],
            responseCode=200,
            responseHeaders=[{"name": "Content-Type", "value": "text/html"}],
            body=base64.b64encode(page.encode()).decode(),
        )
        self.wait("Page.loadEventFired")
        self.call("Fetch.disable")

    def run(self, script: str) -> Any:
        """Run a script in the page and return its value, of a promise what it becomes."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise Failure(f"the script failed in the browser: {found['exceptionDetails']}")
        return found["result"].get("value")

    def move(self, x: float, y: float, *, pressed: bool = False) -> None:
        """Move the mouse to a place of the window."""
        self._use_mouse("mouseMoved", x, y, pressed=pressed)

    def drag(self, start: Sequence[float], end: Sequence[float]) -> None:
        """Press the mouse's left button at a place, and release it at another one or the same."""
        self.move(start[0], start[1])
        self._use_mouse("mousePressed", start[0], start[1], pressed=True)
        for share in (0.25, 0.5, 0.75, 1) if start != end else ():
            x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            self.move(x, y, pressed=True)
        self._use_mouse("mouseReleased", end[0], end[1], pressed=False)

    def _use_mouse(self, event: str, x: float, y: float, *, pressed: bool) -> None:
        button = "none" if event == "mouseMoved" and not pressed else "left"
        self.call(
            "Input.dispatchMouseEvent",
            type=event,
            x=x,
            y=y,
            button=button,
            buttons=int(pressed),
            clickCount=int(event != "mouseMoved"),
        )

    def wait(self, name: str) -> dict[str, Any]:
        """Wait for an event and return what it says."""
        while True:
            for event in self._events:
                if event["method"] == name:
                    self._events.remove(event)
                    return dict(event["params"])
            self._read()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = self._send(method, **parameters)
        while (answer := self._read()).get("id") != number:
            pass
        if "error" in answer:
            raise Failure(f"the browser refused {method}: {answer['error']}")
        return dict(answer["result"])

    def _send(self, method: str, **parameters: Any) -> int:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters, **self._session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        return number

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._data:
            ready, _, _ = select.select([self._answers], [], [], _SECONDS)
            data = os.read(self._answers, 1 << 16) if ready else b""
            if not data:
                raise Failure("the browser has ended, or does not answer")
            self._data += data
        text, _, self._data = self._data.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self._events.append(message)
        return message


@contextmanager
def run_browser(program: str, profile: Path, host_rules: str = "") -> Iterator[Browser]:
    """Run the Chromium at a path and yield its tab."""
    taken, commands = os.pipe()
    answers, given = os.pipe()
    flags = [*_FLAGS, f"--user-data-dir={profile}", f"--host-resolver-rules={host_rules}"]
    process = subprocess.Popen(
        ["bash", "-c", _PIPES.format(taken, given), program, "--remote-debugging-pipe", *flags],
        pass_fds=(taken, given),
        stderr=subprocess.DEVNULL,
    )
    os.close(taken)
    os.close(given)
    try:
        yield Browser(commands, answers)
    finally:
        process.terminate()
        process.wait(_SECONDS)
        os.close(commands)
        os.close(answers)
