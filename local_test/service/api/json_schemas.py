"""JSON schemas: what is wrong with a document.

jsonschema is imported where the first document is checked: beside Jupyter's packages its import
takes longer than the whole start of the service, as it then compiles the grammar of IRIs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError


def find_schema_error(content: Any, schema: Mapping[str, Any]) -> ValidationError | None:
    """Return the most relevant error of a document, None when it fits a schema of 2020-12."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    errors = Draft202012Validator(schema).iter_errors(content)
    worst: ValidationError | None = best_match(errors)
    return worst
