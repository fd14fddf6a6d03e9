"""Requests of a command to the local service's own addresses, below `/local-sagemaker/`."""

import json
from collections.abc import Mapping
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
    status, found = request_json(
        url,
        f"/local-sagemaker/{path}",
        method=method,
        headers={COMMAND_HEADER: command},
        seconds=seconds,
    )
    if status != 200:
        raise UserError(found["message"])
    content: dict[str, Any] = found
    return content


def request_json(
    url: str,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    seconds: float = 30,
) -> tuple[int, Any]:
    """Return the status and the JSON of what the service at a URL answers for a path.

    Raises UserError when nothing answers, or something else than JSON.
    """
    with urllib3.PoolManager(retries=False, timeout=seconds) as pool:
        try:
            response = pool.request(method, f"{url.rstrip('/')}{path}", headers=headers)
        except urllib3.exceptions.NewConnectionError as error:
            raise UserError(
                f"no service is running at {url}", "start one with `local-sagemaker up -d`"
            ) from error
        except urllib3.exceptions.TimeoutError as error:
            raise UserError(f"{url} did not answer within {seconds:g} s", "try again") from error
        except urllib3.exceptions.HTTPError as error:
            raise UserError(f"{url} did not answer: {error}", "start the service") from error
    try:
        return response.status, json.loads(response.data)
    except ValueError as error:
        raise UserError(f"{url} is no local SageMaker", "name the URL of one") from error
