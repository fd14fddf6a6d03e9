"""What is examined: an image, and what it takes to train it and to ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_test.endpoints.stage import Stage
from local_test.platform.metrics import MetricDefinition

CSV = "text/csv"


@dataclass(frozen=True)
class Subject:
    """An image, its training data and a request.

    `bad` are hyperparameters that must be refused, `long` make a training last a minute or longer,
    `resumable` some seconds. `labelled` is the request with the label, where that is another.
    `following` is the container that comes behind it in a pipeline.
    """

    image: str
    channels: Mapping[str, Path]
    request: bytes
    content_type: str | None = CSV
    request_type: str = CSV
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    long: Mapping[str, str] = field(default_factory=dict)
    resumable: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[MetricDefinition] = ()
    labelled: bytes | None = None
    following: Stage | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[bytes]:
        """The lines of the request."""
        return self.request.splitlines(keepends=True)
