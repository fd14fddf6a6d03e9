"""Reuse of a step's results by later executions of its pipeline, where `CacheConfig` allows it.

Source: Amazon SageMaker Developer Guide, "Caching pipeline steps": a hit is the most recent
successful step of the same name and type in the same pipeline whose arguments are equal. Here what
the arguments name must be equal too (`cached_inputs.py`).
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.storage.records import Record

KEY_FIELD = "CacheKey"
"""The field of a step's entry in its execution's record that has the key of its arguments."""

_UNITS = {"Y": 365.0, "M": 30.0, "W": 7.0, "D": 1.0}
_DURATION = re.compile(
    r"P?(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CacheConfig:
    """How long the results of a step can be reused; None for no limit."""

    expires_after: dt.timedelta | None


@dataclass(frozen=True)
class CachedStep:
    """A step whose results are reused: its entry, and the execution that ran it."""

    entry: Record
    execution_arn: str


def parse_cache_config(step: str, content: Mapping[str, Any] | None) -> CacheConfig | None:
    """Return the `CacheConfig` of a step, None if it has none or is not enabled.

    Raises ApiError when the duration is invalid.
    """
    if not content or content.get("Enabled") is not True:
        return None
    text = content.get("ExpireAfter")
    return CacheConfig(None if text is None else _parse_duration(step, str(text)))


def _parse_duration(step: str, text: str) -> dt.timedelta:
    match = _DURATION.fullmatch(text.strip())
    numbers = [float(number or 0) for number in match.groups()] if match else []
    if not any(numbers):
        raise invalid(
            f"Unable to parse pipeline definition: CacheConfig.ExpireAfter of step {step} is no"
            f" duration: {text!r}. Write it in ISO 8601, such as P30D or PT2H."
        )
    days = sum(number * unit for number, unit in zip(numbers, _UNITS.values(), strict=False))
    hours, minutes, seconds = numbers[4:]
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def make_key(kind: str, arguments: Mapping[str, Any], contents: Mapping[str, str]) -> str:
    """Return the key of a step's type, its resolved arguments, and the contents they name."""
    content = json.dumps([kind, arguments, contents], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def find_cached_step(
    backend: Backend, region: str, execution: Record, step: str, key: str, config: CacheConfig
) -> CachedStep | None:
    """Return the most recent successful step with this key, None if there is none to reuse."""
    pipeline = execution[PIPELINE.arn_field]
    oldest = 0.0 if config.expires_after is None else now() - config.expires_after.total_seconds()
    found = [
        (entry, record[EXECUTION.arn_field])
        for _, record in backend.records.list_all(EXECUTION, region)
        if record.get(PIPELINE.arn_field) == pipeline
        for entry in record["Steps"]
        if (entry["StepName"], entry.get(KEY_FIELD)) == (step, key)
        and entry["StepStatus"] == "Succeeded"
        and "CacheHitResult" not in entry  # the execution that ran it is found instead
        and entry["EndTime"] >= oldest
    ]
    if not found:
        return None
    return CachedStep(*max(found, key=lambda item: float(item[0]["EndTime"])))
