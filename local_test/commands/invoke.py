"""`invoke`: one request to an endpoint."""

import base64
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import urllib3

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure
from local_test.commands.shared.options import parse_seconds
from local_test.endpoints.multi_model import TARGET_MODEL
from local_test.errors import UserError
from local_test.http_guard import COMMAND_HEADER
from local_test.output import is_json, print_answer

_SECONDS = 70.0


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="URL of the endpoint; /invocations is added")
    parser.add_argument(
        "--content-type", required=True, metavar="T", help="content type of the data"
    )
    parser.add_argument("--accept", metavar="T", help="content type of the answer")
    parser.add_argument(
        "--target-model", metavar="PATH", help="archive to invoke, on a multi-model endpoint"
    )
    parser.add_argument(
        "--data", required=True, help="@FILE, @- for standard input, or the data themselves"
    )
    parser.add_argument(
        "--wait",
        type=parse_seconds,
        default=0.0,
        metavar="SECONDS",
        help="wait up to SECONDS until the endpoint is healthy",
    )


def _run(args: Namespace) -> int:
    headers = {"Content-Type": args.content_type, COMMAND_HEADER: "invoke"}
    if args.accept is not None:
        headers["Accept"] = args.accept
    if args.target_model is not None:
        headers[TARGET_MODEL] = args.target_model
    url = _complete_url(args.url)
    body = _read_data(args.data)
    with urllib3.PoolManager(retries=False, timeout=_SECONDS) as pool:
        if args.wait:
            _wait_until_healthy(pool, url, args.wait)
        try:
            response = pool.request("POST", url, body=body, headers=headers)
        except urllib3.exceptions.NewConnectionError as error:
            raise UserError(
                f"nothing listens at {url}", "start the endpoint first, or give --wait SECONDS"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise UserError(f"{url} did not answer: {error}") from error
    good = 200 <= response.status < 300
    if is_json():
        print_answer(_describe_response(response), ())
    elif good:
        sys.stdout.buffer.write(response.data)
        sys.stdout.buffer.flush()
    if good:
        return 0
    report_failure(f"HTTP {response.status}: {response.data.decode('utf-8', errors='replace')}")
    return 1


def _describe_response(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body, encoding = response.data.decode(), "utf-8"
    except UnicodeDecodeError:
        body, encoding = base64.b64encode(response.data).decode(), "base64"
    headers = {name.lower(): value for name, value in response.headers.items()}
    return {
        "status": response.status,
        "content_type": headers.get("content-type"),
        "headers": headers,
        "encoding": encoding,
        "body": body,
    }


def _wait_until_healthy(pool: urllib3.PoolManager, url: str, seconds: float) -> None:
    """Return when the endpoint answers /ping with 200; raise UserError after `seconds`."""
    ping = urlunsplit(urlsplit(url)._replace(path="/ping"))
    end = time.monotonic() + seconds
    while True:
        try:
            if pool.request("GET", ping, headers={COMMAND_HEADER: "invoke"}).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass  # not up yet
        if time.monotonic() >= end:
            raise UserError(
                f"{ping} did not answer with 200 within {seconds:g} s", "read the endpoint's log"
            )
        time.sleep(0.1)


def _complete_url(text: str) -> str:
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if not parts.hostname:
        raise UserError(f"{text!r} is no URL", "write http://127.0.0.1:8080")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") or "/invocations"))


def _read_data(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode()
    if text == "@-":
        return sys.stdin.buffer.read()
    path = Path(text[1:])
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


_ANSWER = Answer(
    (
        Key("status", "integer", "HTTP status"),
        Key("content_type", "string|null", "content type of the body"),
        Key("headers", "map of string", "headers by name in lower case"),
        Key("encoding", "string", "`utf-8`, or `base64` for a body that is no text"),
        Key("body", "string", "the body, in this encoding"),
    )
)

COMMAND = Command(
    name="invoke",
    summary="send one request to an endpoint and print the answer",
    add_options=_add_options,
    run=_run,
    example="invoke --url http://127.0.0.1:8080 --content-type text/csv --data @record.csv",
    answers={"": _ANSWER},
)
