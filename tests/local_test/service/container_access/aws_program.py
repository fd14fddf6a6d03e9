#!/usr/bin/env python3
"""A container that uses AWS as a user's code does: boto3, and nothing configured by hand.

`train` and a processing job put their report beside the object that SOURCE names; `serve` answers
each request with it.
"""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3  # type: ignore[import-untyped]


def make_report() -> dict[str, Any]:
    session = boto3.Session()
    credentials = session.get_credentials()
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    probed = [url.removeprefix("http://"), *os.environ.get("PROBE", "").split()]
    report = {
        "url": url,
        "region": session.region_name,
        "account": os.environ.get("AWS_ACCOUNT_ID"),
        "method": credentials and credentials.method,
        "probes": [probe(address) for address in probed if address],
    }
    if credentials is not None:
        bucket, _, key = os.environ["SOURCE"].removeprefix("s3://").partition("/")
        body = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        report["object"] = body
        bucket, _, key = os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"][5:].partition("/")
        settings = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        report["settings"] = settings
        report["identity"] = session.client("sts").get_caller_identity()["Arn"]
        # Between half an hour and an hour from now.
        report["expires"] = not credentials.refresh_needed(1799) and credentials.refresh_needed(
            3601
        )
    return report


def probe(address: str) -> str:
    """Say what an HTTP request to HOST:PORT meets."""
    host, _, port = address.partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=3) as connection:
            connection.sendall(f"GET /_health HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            return connection.recv(15).decode() or "closed"
    except TimeoutError:
        return "no answer"
    except ConnectionError:
        return "closed"
    except OSError as error:
        return str(error.strerror)


def work(name: str) -> None:
    report = json.dumps(make_report())
    bucket, _, key = os.environ["SOURCE"].removeprefix("s3://").partition("/")
    boto3.client("s3").put_object(Bucket=bucket, Key=f"{key}.{name}", Body=report)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.reply(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(200, json.dumps(make_report()).encode())

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    address = os.environ.get("TANDEM_BIND_ADDRESS", "0.0.0.0")
    ThreadingHTTPServer((address, port), Handler).serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        work(sys.argv[1])
