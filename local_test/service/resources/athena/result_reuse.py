"""The result of an earlier query, used again where a request allows it.

Source: Athena User Guide, 'Reuse query results'.
"""

from collections.abc import Mapping
from typing import Any

from local_test.errors import UserError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.athena.resource import QUERY_EXECUTION
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

_SAME = ("Sql", "Database", "WorkGroup", "SubstatementType")
_TAKEN = ("Columns", "OutputRows", "OutputBytes")
_MINUTE_SECONDS = 60


def reuse_result(backend: Backend, region: str, record: Record) -> Mapping[str, Any] | None:
    """Copy the newest result of the same query that is young enough; return what it says.

    None when the request of a query does not allow it or there is no such result. The age counts
    from the end of the earlier query.
    """
    config = record.get("ResultReuse", {}).get("ResultReuseByAgeConfiguration", {})
    if not config.get("Enabled") or record["SubstatementType"] != "SELECT":
        return None
    oldest = now() - config.get("MaxAgeInMinutes", 60) * _MINUTE_SECONDS
    found = [
        one
        for _, one in backend.records.list_all(QUERY_EXECUTION, region, ("SUCCEEDED",))
        if one["CompletionTime"] >= oldest
        and all(one.get(name) == record[name] for name in _SAME)
        and not one.get("IsReused")
    ]
    if not found:
        return None
    newest = max(found, key=lambda one: float(one["CompletionTime"]))
    storage = backend.storage(region)
    source, target = parse_uri(newest["OutputLocation"]), parse_uri(record["OutputLocation"])
    try:
        for suffix in ("", ".metadata"):
            content = storage.read(S3Uri(source.bucket, f"{source.key}{suffix}"))
            storage.write(content, S3Uri(target.bucket, f"{target.key}{suffix}"))
    except UserError:  # the earlier result was deleted
        return None
    return {name: newest[name] for name in _TAKEN}
