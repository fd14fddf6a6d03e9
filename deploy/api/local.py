"""`python -m deploy.api.local`: a small API Gateway on this machine, with the web page.

It speaks events of version 2.0 to the function's own code. The endpoint is where boto3 finds it: on
the local SageMaker after `eval "$(local-sagemaker env)"`, or in an account of AWS. Programs of
this machine may call, the page, and pages of other origins that `--allow-origin` names.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

from deploy.api.build import read_recipe
from deploy.api.errors import ApiError
from deploy.api.front.api import Api
from deploy.api.front.settings import Settings
from deploy.api.guarded_server import HOST, GuardedHandler, GuardedServer, parse_origin

_PORT = 8080
_PAGE = Path(__file__).parent / "web" / "index.html"


class Gateway(GuardedServer):
    """Turns HTTP requests into events and answers of the API into HTTP responses."""

    def __init__(self, api: Api, port: int, origins: tuple[str, ...] = ()) -> None:
        super().__init__(port, _Handler, origins)
        self.api = api

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.server_port}"


class _Handler(GuardedHandler):
    server: Gateway

    def answer(self) -> None:
        body = self.read_body()
        if self.command in {"GET", "HEAD"} and self.path.partition("?")[0] == "/":
            self.send(200, {"Content-Type": "text/html; charset=utf-8"}, _PAGE.read_bytes())
            return
        response = self.server.api.answer(
            make_event(self.command, self.path, self.headers.items(), body)
        )
        self.send(response["statusCode"], response["headers"], response["body"].encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        sys.stderr.write(f"{format % args}\n")


def make_event(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    """Return the event, version 2.0, that an HTTP API makes of a request."""
    path, _, query = target.partition("?")
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": joined,
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": uuid.uuid4().hex,
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


@contextmanager
def serve_api(
    endpoint: str, model: Path, port: int = 0, origins: tuple[str, ...] = ()
) -> Iterator[Gateway]:
    """Serve until the end of `with`; port 0 is any free one, `origins` are those of other pages.

    Raises ApiError where the model is no preprocessor's or the port is taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipe.json"
        recipe.write_bytes(read_recipe(model))
        api = Api(Settings(endpoint, recipe, origins))
    try:
        gateway = Gateway(api, port, origins)
    except OSError as error:
        raise ApiError(f"port {port} is taken; choose another --port") from error
    with gateway:
        thread = Thread(target=gateway.serve_forever, args=(0.05,), name="gateway")
        thread.start()
        try:
            yield gateway
        finally:
            gateway.shutdown()
            thread.join()


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.api.local")
    parser.add_argument("model", type=Path, help="the preprocessor's model.tar.gz")
    parser.add_argument("--endpoint", required=True, help="the endpoint's name")
    parser.add_argument("--port", type=int, default=_PORT)
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a web origin whose pages may call, as http://localhost:5173; may be repeated",
    )
    arguments = parser.parse_args(words)
    try:
        origins = tuple(parse_origin(text) for text in arguments.allow_origin)
        with serve_api(arguments.endpoint, arguments.model, arguments.port, origins) as gateway:
            print(f"{gateway.url} has the page; POST {gateway.url}/predictions", flush=True)
            Event().wait()
    except (ApiError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
