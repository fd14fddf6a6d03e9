"""How long a page takes in Chromium until it shows what it is for."""

from __future__ import annotations

import atexit
import logging
import shutil
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from werkzeug.serving import make_server

from benchmarks.harness.process_usage import BenchmarkFailed
from scripts.checkout.browser import run_browser

_PATIENCE = 30_000  # milliseconds


class Window:
    """One window for all pages; its browser and its cache end with this process."""

    def __init__(self) -> None:
        program = shutil.which("chromium")
        if program is None:
            raise BenchmarkFailed("chromium is missing. Install it: apt-get install chromium")
        stack = ExitStack()
        atexit.register(stack.close)
        profile = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self._tab = stack.enter_context(run_browser(program, profile))

    def measure(self, address: str, shown: str) -> float:
        """Open an address; return the seconds from there until a condition in JavaScript holds.

        Raises BenchmarkFailed after half a minute.
        """
        self._tab.open("about:blank")  # else the same address again would not be loaded
        self._tab.open(address)
        seconds: float | None = self._tab.run(
            f"""new Promise(done => {{
                const look = () => {{
                    const now = performance.now();
                    if ({shown}) done(now / 1000);
                    else if (now > {_PATIENCE}) done(null);
                    else requestAnimationFrame(look);
                }};
                look();
            }})"""
        )
        if seconds is None:
            raise BenchmarkFailed(f"the page does not show what it should: {address}")
        return seconds


def serve(app: Any) -> str:
    """Serve an application until this process ends; return its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    atexit.register(server.shutdown)
    return f"http://127.0.0.1:{server.port}"
