"""What a load came to, whoever made it, and the request it was made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.harness.process_usage import BenchmarkFailed


@dataclass(frozen=True)
class PostRequest:
    """What is posted, again and again; `headers` besides Host and Content-Length."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadResult:
    """Requests answered with success within so many seconds; latencies in microseconds."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    p999_us: float
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    def require_success(self, server: str) -> LoadResult:
        """Return the load itself.

        Raises BenchmarkFailed when a request failed, or none was answered.
        """
        if self.failed or not self.requests:
            raise BenchmarkFailed(
                f"{server} failed {self.failed} of {self.requests} requests, "
                "and a load with failures is no measurement"
            )
        return self


def parse_figures(output: str) -> LoadResult:
    """Read the line of JSON that a client writes last. Raises BenchmarkFailed without one."""
    line = output.rstrip().rpartition("\n")[2]
    if not line.startswith("{"):
        raise BenchmarkFailed(f"the client told no figures: {output!r}")
    told = json.loads(line)
    return LoadResult(
        requests=told["requests"],
        seconds=told["microseconds"] / 1e6,
        p50_us=told["p50"],
        p99_us=told["p99"],
        p999_us=told["p999"],
        failed=told["failed"],
    )
