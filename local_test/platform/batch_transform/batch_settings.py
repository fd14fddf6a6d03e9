"""Batch settings: from the request, from the container, and SageMaker's defaults.

Source: Developer Guide, 'Use Your Own Inference Code with Batch Transform'.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.errors import UserError

MULTI, SINGLE = "MultiRecord", "SingleRecord"
MIB = 1024 * 1024
MAX_PAYLOAD_MB = 100
MAX_RETRIES = 3
MAX_TIMEOUT_SECONDS = 3600
_SPELLINGS = {"MULTI_RECORD": MULTI, "SINGLE_RECORD": SINGLE}


@dataclass(frozen=True)
class BatchSettings:
    """How records are sent; None means not set."""

    strategy: str | None = None
    max_payload_mb: int | None = None
    max_concurrent: int | None = None

    def check(self) -> None:
        """Raise UserError when SageMaker would reject a value."""
        payload, concurrent = self.max_payload_mb, self.max_concurrent
        if payload is not None and not 0 <= payload <= MAX_PAYLOAD_MB:
            raise UserError(f"a maximum payload of {payload} MB is refused; give 0 to 100")
        if concurrent is not None and concurrent < 0:
            raise UserError(f"{concurrent} concurrent transforms are refused; give 0 or more")
        if (payload or 0) * (concurrent or 0) > MAX_PAYLOAD_MB:
            raise UserError(
                f"{concurrent} concurrent transforms of {payload} MB are refused",
                "their product may be 100 MB at most",
            )

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables of a batch container; only the values that are set."""
        spelling = {ours: theirs for theirs, ours in _SPELLINGS.items()}
        values = {
            "SAGEMAKER_BATCH_STRATEGY": self.strategy and spelling[self.strategy],
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.max_payload_mb,
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.max_concurrent,
        }
        variables = {name: str(value) for name, value in values.items() if value is not None}
        return {"SAGEMAKER_BATCH": "true"} | variables


def advise_payload_limit(size: int) -> str:
    """Return the option with which one request may have `size` bytes."""
    megabytes = -(-size // MIB)
    stream = "--max-payload 0 (MaxPayloadInMB) to stream"
    if megabytes > MAX_PAYLOAD_MB:
        return f"use {stream}"
    return f"use --max-payload {megabytes} (MaxPayloadInMB), or {stream}"


@dataclass(frozen=True)
class BatchPlan:
    """The settings of one job, all of them set."""

    strategy: str
    max_payload_mb: int
    max_concurrent: int

    @property
    def limit(self) -> int:
        """The largest request body in bytes."""
        return self.max_payload_mb * MIB


def make_batch_plan(request: BatchSettings, container: BatchSettings) -> BatchPlan:
    """Merge the settings: the request first, then the container, then defaults.

    At most 100 MB are in flight at the same time.
    """
    payload = _choose_first(request.max_payload_mb, container.max_payload_mb, 6)
    concurrent = request.max_concurrent or container.max_concurrent or 1
    return BatchPlan(
        strategy=request.strategy or container.strategy or MULTI,
        max_payload_mb=payload,
        max_concurrent=max(1, min(concurrent, MAX_PAYLOAD_MB // max(payload, 1))),
    )


def parse_execution_parameters(body: bytes) -> BatchSettings:
    """Parse the response to GET /execution-parameters. Raises UserError when it is invalid."""
    if not body.strip():
        return BatchSettings()
    try:
        values = json.loads(body)
    except ValueError as error:
        raise UserError(f"/execution-parameters did not answer JSON: {error}") from error
    if not isinstance(values, dict):
        raise UserError("/execution-parameters did not answer a JSON object")
    strategy = values.get("BatchStrategy")
    if strategy is not None and strategy not in _SPELLINGS:
        raise UserError(
            f"/execution-parameters answered BatchStrategy {strategy!r}",
            "the service reads MULTI_RECORD or SINGLE_RECORD",
        )
    return BatchSettings(
        strategy=_SPELLINGS.get(strategy) if strategy else None,
        max_payload_mb=_parse_count(values, "MaxPayloadInMB", MAX_PAYLOAD_MB),
        max_concurrent=_parse_count(values, "MaxConcurrentTransforms", sys.maxsize),
    )


def _parse_count(values: Mapping[str, Any], key: str, most: int) -> int | None:
    value = values.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    raise UserError(f"/execution-parameters answered {key} {value!r}, which the service refuses")


def _choose_first(*values: int | None) -> int:
    return next(value for value in values if value is not None)
