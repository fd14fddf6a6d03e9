"""What a load came to, whoever made it, and the request it was made of."""

from __future__ import annotations

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
