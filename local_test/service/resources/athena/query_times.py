"""How long a query waited and ran.

Source: Athena API, QueryExecutionStatistics and QueryRuntimeStatisticsTimeline.
"""

from local_test.service.api.resource_type import now
from local_test.service.storage.records import Record

_MILLISECONDS = 1000


def measure_times(record: Record) -> dict[str, int]:
    """Return the times of a query in milliseconds; those of a running one until now."""
    end = record.get("CompletionTime") or now()
    queued = int((record.get("StartTime", end) - record["CreationTime"]) * _MILLISECONDS)
    total = int((end - record["CreationTime"]) * _MILLISECONDS)
    return {
        "QueryQueueTimeInMillis": queued,
        "EngineExecutionTimeInMillis": total - queued,
        "TotalExecutionTimeInMillis": total,
    }
