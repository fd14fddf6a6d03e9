"""`invoke`: one request to an endpoint."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import urllib3

from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure
from local_test.endpoints.multi_model import TARGET_MODEL
from local_test.errors import UserError
from local_test.http_guard import COMMAND_HEADER

_SECONDS = 70.0


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="of the endpoint; /invocations is added")
    parser.add_argument("--content-type", required=True, metavar="T", help="of the data")
    parser.add_argument("--accept", metavar="T", help="asked of the endpoint")
    parser.add_argument(
        "--target-model", metavar="PATH", help="of a multi-model endpoint: the archive to ask"
    )
    parser.add_argument(
        "--data", required=True, help="@FILE, @- for standard input, or the data themselves"
    )


def _run(args: Namespace) -> int:
    headers = {"Content-Type": args.content_type, COMMAND_HEADER: "invoke"}
    if args.accept is not None:
        headers["Accept"] = args.accept
    if args.target_model is not None:
        headers[TARGET_MODEL] = args.target_model
    url = _complete_url(args.url)
    with urllib3.PoolManager(retries=False, timeout=_SECONDS) as pool:
        try:
            response = pool.request("POST", url, body=_read_data(args.data), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise UserError(f"{url} did not answer: {error}", "start the endpoint first") from error
    if 200 <= response.status < 300:
        sys.stdout.buffer.write(response.data)
        sys.stdout.buffer.flush()
        return 0
    report_failure(f"HTTP {response.status}: {response.data.decode('utf-8', errors='replace')}")
    return 1


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


COMMAND = Command(
    name="invoke",
    summary="send one request to an endpoint and print the answer",
    add_options=_add_options,
    run=_run,
    example="invoke --url http://127.0.0.1:8080 --content-type text/csv --data @record.csv",
)
