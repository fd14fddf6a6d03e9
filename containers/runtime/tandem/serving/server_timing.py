"""What the stages of a request take: a header of each answer, and what the metrics are told."""

from __future__ import annotations

from collections.abc import Mapping

from tandem.serving.metrics import OFF, Metrics

HEADER = "Server-Timing"
_NOTHING: Mapping[str, str] = {}


class Stages:
    """The stages decode, `middle` (predict, transform or script) and encode of a model's requests.

    `tells` says whether answers have the header.
    """

    def __init__(self, middle: str, *, tells: bool, metrics: Metrics = OFF) -> None:
        self._header = f"decode;dur=%.3f, {middle};dur=%.3f, encode;dur=%.3f"
        self._tells = tells
        self._recorder = metrics.stages(("decode", middle, "encode"))

    def told(
        self, began: float, decoded: float, answered: float, encoded: float
    ) -> Mapping[str, str]:
        """Take the four moments between which the stages lie, in seconds; give the headers."""
        if not self._tells and self._recorder is None:
            return _NOTHING
        decode, middle, encode = decoded - began, answered - decoded, encoded - answered
        if self._recorder is not None:
            self._recorder.add((decode, middle, encode), encoded)
        if not self._tells:
            return _NOTHING
        return {HEADER: self._header % (1e3 * decode, 1e3 * middle, 1e3 * encode)}
