"""What is examined: an image, and what it takes to train it and to ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_test.platform.metrics import MetricDefinition

CSV = "text/csv"


@dataclass(frozen=True)
class Subject:
    """An image, its training data and a request.

    `bad` are hyperparameters that must be refused, `long` make a training last a minute or longer.
    """

    image: str
    channels: Mapping[str, Path]
    request: bytes
    content_type: str | None = CSV
    request_type: str = CSV
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    long: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[MetricDefinition] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[bytes]:
        """The lines of the request."""
        return self.request.splitlines(keepends=True)
