"""Load by wrk, which takes less of the shared processors than the servers it loads."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.load_result import LoadResult, PostRequest, parse_figures

_SCRIPT = Path(__file__).with_name("post.lua")


def require_wrk() -> None:
    """Raise Failed, with the remedy, where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise BenchmarkFailed(
            "the load comes from wrk, which is not installed: 'apt-get install wrk'"
        )


def run_wrk(url: str, request: PostRequest, connections: int, seconds: int) -> LoadResult:
    """Post one request again and again over kept connections, from one thread.

    Raises BenchmarkFailed where wrk is missing or fails.
    """
    require_wrk()
    with TemporaryDirectory(prefix="bench-") as folder:
        body = Path(folder, "body")
        body.write_bytes(request.body)
        how = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=30s", f"-s{_SCRIPT}"]
        headers = [f"{name}: {value}" for name, value in request.headers.items()]
        ended = subprocess.run(
            ["wrk", *how, f"{url}{request.path}", "--", body, *headers],
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.returncode:
        raise BenchmarkFailed(
            f"wrk ended with code {ended.returncode}: {ended.stdout}{ended.stderr}"
        )
    return parse_figures(ended.stdout)
