"""The resource type of query executions, and the errors of Athena's API."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

QUERY_EXECUTION = ResourceType(
    "QueryExecution",
    "query-execution",
    "QueryExecutionIds",
    "query",
    tagged=False,
    find_key=lambda record: str(record["QueryExecutionId"]),
)


def find_query(backend: Backend, region: str, query_id: str) -> Record:
    """Return the record of a query. Raises ApiError when there is none."""
    try:
        return backend.records.get(QUERY_EXECUTION, region, query_id)
    except ApiError as error:
        raise refuse(f"QueryExecution {query_id} was not found. Check the id.") from error


def refuse(message: str) -> ApiError:
    """Return the error for an invalid request."""
    return ApiError("InvalidRequestException", message)
