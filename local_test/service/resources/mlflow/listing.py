"""What both kinds of servers share: pages of lists, and the check of the artifacts' place."""

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.pagination import read_interval, split_page
from local_test.service.storage.records import Record

_ORDERS = {"Name": "name", "Status": "status", "CreationTime": "created"}


def list_servers(
    backend: Backend, call: ApiCall, resource: ResourceType, status_filter: str
) -> tuple[list[Record], dict[str, str]]:
    """Return one page of the records that a List request asks for, and its NextToken."""
    request = call.request
    after, before = read_interval(request, "Created")
    keys = {
        "name": lambda record: record.get("Name", resource.key_of(record)),
        "status": lambda record: record[resource.status_field],
        "created": lambda record: record["CreationTime"],
    }
    chosen = [
        record
        for record in backend.records.iterate(resource, call.region)
        if (after is None or record["CreationTime"] > after)
        and (before is None or record["CreationTime"] < before)
        and request.get(status_filter, record[resource.status_field])
        == record[resource.status_field]
        and request.get("MlflowVersion", record["MlflowVersion"]) == record["MlflowVersion"]
    ]
    chosen.sort(
        key=keys[_ORDERS[request.get("SortBy", "CreationTime")]],
        reverse=request.get("SortOrder", "Descending") == "Descending",
    )
    page, token = split_page(chosen, request)
    return list(page), token


def check_artifacts(backend: Backend, call: ApiCall) -> None:
    """Raise ApiError when the bucket of the artifacts does not exist."""
    uri = call.request["ArtifactStoreUri"]
    bucket = uri.removeprefix("s3://").partition("/")[0]
    try:
        backend.aws.client("s3", call.region).head_bucket(Bucket=bucket)
    except ClientError as error:
        raise invalid(f"ArtifactStoreUri {uri}: there is no bucket {bucket}.") from error
