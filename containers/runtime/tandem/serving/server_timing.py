"""The duration of a request's stages, for the header Server-Timing and for the metrics."""

from __future__ import annotations

from collections.abc import Mapping

from tandem.serving.metrics import OFF, Metrics

HEADER = "Server-Timing"
_NO_HEADERS: Mapping[str, str] = {}


class ServerTiming:
    """The stages decode, `middle` (predict, transform or script) and encode of a model's requests.

    `sends_header` puts the header into responses.
    """

    def __init__(self, middle: str, *, sends_header: bool, metrics: Metrics = OFF) -> None:
        self._header = f"decode;dur=%.3f, {middle};dur=%.3f, encode;dur=%.3f"
        self._sends_header = sends_header
        self._recorder = metrics.make_recorder(("decode", middle, "encode"))

    def record(
        self, start: float, decoded: float, predicted: float, encoded: float
    ) -> Mapping[str, str]:
        """Record the three durations between four `perf_counter` times in seconds.

        Return the header Server-Timing, or no header when it is off.
        """
        if not self._sends_header and self._recorder is None:
            return _NO_HEADERS
        decode, middle, encode = decoded - start, predicted - decoded, encoded - predicted
        if self._recorder is not None:
            self._recorder.add((decode, middle, encode), encoded)
        if not self._sends_header:
            return _NO_HEADERS
        return {HEADER: self._header % (1e3 * decode, 1e3 * middle, 1e3 * encode)}
