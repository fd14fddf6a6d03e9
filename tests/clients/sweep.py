"""Call many operations of a service with the smallest valid input, and report every answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, Account
from tests.clients.minimal_input import make_input

_CONFIG = Config(inject_host_prefix=False, s3={"addressing_style": "path"}, read_timeout=60)


@dataclass(frozen=True)
class Answer:
    """What a client gets: code "" and the message "" where there is no error."""

    operation: str
    status: int
    retries: int
    code: str = ""
    message: str = ""

    @property
    def is_sound(self) -> bool:
        """Return True unless it is an error of the server, a page of HTML, or came late."""
        return self.status < 500 and self.retries == 0 and "<html" not in self.message.lower()


def make_client(account: Account, service: str, region: str = REGION) -> Any:
    """Return a client that sends every request to the one address, whatever AWS does."""
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return boto3.client(
        service, region_name=region, endpoint_url=account.url, config=_CONFIG, **keys
    )


def call_operations(client: Any, names: Iterable[str]) -> list[Answer]:
    """Call operations, four at a time."""
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}

    def call(name: str) -> Answer:
        content = make_input(client.meta.service_model.operation_model(name).input_shape)
        try:
            answer = getattr(client, methods[name])(**content)
        except ClientError as error:
            return _read(name, error.response, error.response["Error"])
        return _read(name, answer, {})

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(call, names))


def _read(name: str, answer: dict[str, Any], error: dict[str, Any]) -> Answer:
    metadata = answer["ResponseMetadata"]
    text = error.get("Message", "")
    return Answer(
        name,
        metadata["HTTPStatusCode"],
        metadata["RetryAttempts"],
        error.get("Code", ""),
        text if isinstance(text, str) else json.dumps(text),
    )
