"""Values as command-line arguments, and as environment variables."""

from collections.abc import Mapping
from typing import Any

from tandem.script import script_arguments

__all__ = ["to_cmd_args", "to_env_vars"]


def to_cmd_args(mapping: Mapping[str, Any]) -> list[str]:
    """Return `--name value` for each, sorted by name."""
    return script_arguments.format_command_line(mapping)


def to_env_vars(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Return `SM_NAME` for each."""
    return script_arguments.format_variables(mapping)
