"""Whether Iceberg tables can be written and read: pyiceberg is an extra."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from local_test.errors import UserError


def is_iceberg(table: Mapping[str, Any]) -> bool:
    """Return whether a table of Glue is an Iceberg table."""
    return str(table.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"


def require_iceberg() -> None:
    """Raise UserError when pyiceberg is not installed."""
    if find_spec("pyiceberg") is None:
        raise UserError(
            "Iceberg tables need the package pyiceberg, which is not installed",
            "install the extra `iceberg`: pip install 'tandem-local[iceberg]'",
        )
