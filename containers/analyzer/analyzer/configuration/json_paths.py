"""JMESPath expressions of an analysis configuration."""

from __future__ import annotations

from typing import Any

import jmespath  # type: ignore[import-untyped]
import jmespath.exceptions  # type: ignore[import-untyped]

from analyzer.configuration.checked_fields import InvalidConfig


def search(expression: str, content: object) -> Any:
    """Return what an expression finds, or None. Raises InvalidConfig for an invalid expression."""
    try:
        return jmespath.search(expression, content)
    except jmespath.exceptions.JMESPathError as error:
        reason = " ".join(str(error).split())
        raise InvalidConfig(f"invalid JMESPath {expression!r}: {reason}") from None
