"""The image under test, with the data to train it and to invoke it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_test.platform.metrics import MetricDefinition

CSV = "text/csv"
_LINE_TYPES = {CSV, "application/jsonlines", "application/x-jsonlines"}


@dataclass(frozen=True)
class ImageUnderTest:
    """An image, its training data and a request.

    `invalid_hyperparameters` must be rejected; with `long_hyperparameters` training lasts a minute
    or longer, with `resume_hyperparameters` some seconds. `code_switch` is the variable that
    forbids code in archives. `model` is a trained model. `next_image` follows in a pipeline: its
    channels and request are this one's responses. `max_model_size` is how many bytes its archive
    may unpack to, None for the default.
    """

    image: str
    channels: Mapping[str, Path]
    request: bytes
    content_type: str | None = CSV
    request_type: str = CSV
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    invalid_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    long_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    resume_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[MetricDefinition] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    code_switch: Mapping[str, str] = field(default_factory=dict)
    model: Path | None = None
    max_model_size: int | None = None
    next_image: "ImageUnderTest | None" = None

    @property
    def rows(self) -> list[bytes]:
        """The lines of the request."""
        return self.request.splitlines(keepends=True)

    @property
    def has_line_records(self) -> bool:
        """Whether each line of a request is one record."""
        return self.request_type.partition(";")[0].strip().lower() in _LINE_TYPES

    def repeat_lines(self, size: int) -> bytes:
        """Return the request's lines repeated up to `size` bytes; else the request itself."""
        if not self.has_line_records:
            return self.request
        block = b"".join(row.rstrip(b"\r\n") + b"\n" for row in self.rows)
        return block * max(1, size // len(block))
