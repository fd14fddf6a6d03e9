"""Settings of the function, from its environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What API Gateway waits for, less the time for a start of the function: 29 s for a REST API.
_SECONDS = 25.0
# Lambda takes an event of 6 MB, in which the body is base64 or escaped text.
_BYTES = 1_000_000


@dataclass(frozen=True)
class Settings:
    """The endpoint to ask, the model's recipe, and limits.

    `recipe` is the `recipe.json` of the preprocessor's artifact. `origins` are the web origins
    whose pages may call, `*` for all. `max_body_bytes` bounds a decoded body, `timeout_seconds` the
    wait for the endpoint.
    """

    endpoint: str
    recipe: Path
    origins: tuple[str, ...] = ()
    max_body_bytes: int = _BYTES
    timeout_seconds: float = _SECONDS


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the environment.

    Raises ValueError, naming the variable, for one that is missing or no number.
    """
    endpoint = environment.get("ENDPOINT_NAME", "")
    if not endpoint:
        raise ValueError("ENDPOINT_NAME is not set; it names the endpoint to ask")
    beside = Path(__file__).parents[1] / "recipe.json"
    return Settings(
        endpoint=endpoint,
        recipe=Path(environment.get("RECIPE", str(beside))),
        origins=tuple(environment.get("ALLOW_ORIGIN", "").replace(",", " ").split()),
        max_body_bytes=int(_number(environment, "MAX_BODY_BYTES", _BYTES)),
        timeout_seconds=_number(environment, "TIMEOUT_SECONDS", _SECONDS),
    )


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise ValueError(f"{name} is {text!r}; a number above 0 is expected")
    return value
