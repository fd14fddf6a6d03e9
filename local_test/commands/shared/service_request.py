"""Requests of a command to the local service's own addresses, below `/local-sagemaker/`."""

import json
from typing import Any

import urllib3

from local_test.errors import UserError
from local_test.http_guard import COMMAND_HEADER


def request_service(
    url: str, path: str, command: str, *, method: str = "GET", seconds: float = 30
) -> dict[str, Any]:
    """Return what the service at a URL answers to a command, waiting at most so many seconds.

    `path` is below `/local-sagemaker/`, with its query. Raises UserError when nothing answers,
    something else does, or the service refuses.
    """
    target = f"{url.rstrip('/')}/local-sagemaker/{path}"
    with urllib3.PoolManager(retries=False, timeout=seconds) as pool:
        try:
            response = pool.request(method, target, headers={COMMAND_HEADER: command})
        except urllib3.exceptions.HTTPError as error:
            raise UserError(f"{url} did not answer: {error}", "start the service") from error
    try:
        found: dict[str, Any] = json.loads(response.data)
    except ValueError as error:
        raise UserError(f"{url} is no local SageMaker", "name the URL of one") from error
    if response.status != 200:
        raise UserError(found["message"])
    return found
