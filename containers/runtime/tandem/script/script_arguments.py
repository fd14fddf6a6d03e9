"""Hyperparameters for a script: decoded, as command-line arguments, as variables.

(Training Toolkit, `mapping.py` and `params.py`: order, spelling and names that scripts do not get.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_RESERVED_PREFIX = "sagemaker_"
# Names withheld from the script; others with the prefix are in SM_FRAMEWORK_PARAMS.
_RESERVED = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "sagemaker_region",
        "sagemaker_s3_output",
        "default_user_module_name",
        "_tuning_objective_metric",
    }
)


def decode_all(texts: Mapping[str, str]) -> dict[str, Any]:
    """Decode each text as JSON, as the SDK writes it; other texts stay as they are."""
    return {name: _decode(text) for name, text in texts.items()}


def select_script_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters of the script itself."""
    return {k: v for k, v in values.items() if not _is_reserved(k)}


def select_framework_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those with the platform's prefix that are not the platform's own."""
    return {k: v for k, v in values.items() if _is_reserved(k) and k not in _RESERVED}


def format_command_line(values: Mapping[str, Any]) -> list[str]:
    """Return `--name value` for each, sorted by name; `-n value` where the name is one letter."""
    words: list[str] = []
    for name in sorted(values):
        words += [f"--{name}" if len(name) > 1 else f"-{name}", _format_argument(values[name])]
    return words


def format_variables(values: Mapping[str, Any]) -> dict[str, str]:
    """Return `SM_NAME` for each: text as it is, nothing for None, else compact JSON."""
    return {f"SM_{name.upper()}": _format_variable(value) for name, value in values.items()}


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith(_RESERVED_PREFIX)


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _format_argument(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={value[name]}" for name in sorted(value))
    return "" if value is None else str(value)


def _format_variable(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
