"""What a running service knows, for commands: its health, its resources, and clients for it."""

from typing import Any

from local_test.commands.shared.local_service import ask_health
from local_test.commands.shared.service_request import request_json
from local_test.errors import UserError
from local_test.extras import require_extra

_KEY = "local"  # any key opens the local service
_RESOURCES = "/console/resources.json"


def read_health(url: str) -> dict[str, Any]:
    """Return the health of the service at a URL, once it is ready.

    Raises UserError when no service answers, or something else does.
    """
    found = ask_health(url)
    if found is None:
        raise UserError(f"no service is running at {url}", "start one with `local-sagemaker up -d`")
    return found


def list_resources(url: str, *, active: bool) -> list[dict[str, Any]]:
    """Return kind, name, region, status, creation time and note of each resource, newest first.

    With `active`, only those that run, serve, or are changed. Raises UserError when no service
    answers.
    """
    read_health(url)
    rows: list[dict[str, Any]]
    _, rows = request_json(url, _RESOURCES if active else f"{_RESOURCES}?all=1")
    return rows


def make_client(service: str, url: str, region: str) -> Any:
    """Return a boto3 client of an AWS service for the local service at a URL.

    Raises UserError when boto3 is missing.
    """
    with require_extra("this command", "service"):
        import boto3  # type: ignore[import-untyped]

    return boto3.client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=_KEY,
        aws_secret_access_key=_KEY,
    )
