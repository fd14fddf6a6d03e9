"""Tables of the catalogue by name."""

from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import TableName


def find_table(glue: Any, name: TableName, place: str = "") -> dict[str, Any]:
    """Return a table of Glue; `place` is where the query names it, as `line L:C: `.

    Raises QueryFailed when there is none.
    """
    found = get_table(glue, name)
    if found is None:
        raise QueryFailed(
            f"TABLE_NOT_FOUND: {place}Table 'awsdatacatalog.{name.database}.{name.name}' does not"
            " exist",
            "check the names of database and table",
        )
    return found


def get_table(glue: Any, name: TableName) -> dict[str, Any] | None:
    """Return a table of Glue, None when there is none."""
    try:
        found = glue.get_table(DatabaseName=name.database, Name=name.name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return None
    return dict(found["Table"])
