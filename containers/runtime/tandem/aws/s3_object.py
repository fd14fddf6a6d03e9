"""Fetch and upload one object of S3."""

from __future__ import annotations

import hashlib
import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage
from mimetypes import guess_type
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from tandem.aws.credentials import find_credentials
from tandem.aws.signature import EMPTY, Scope, sign
from tandem.errors import UserError

_SECONDS = 60
_REGION = "x-amz-bucket-region"
_CODE = re.compile(rb"<Code>([^<]*)</Code>\s*(?:<Message>([^<]*)</Message>)?")
_BLOCK = 1 << 20
_BYTES = "application/octet-stream"


def fetch_object(bucket: str, key: str, path: Path, variables: Mapping[str, str]) -> None:
    """Write an object to the file `path`; the AWS variables give region, address and credentials.

    Raises UserError when S3 refuses it or does not answer.
    """

    def write(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> None:
        with opener.open(request, timeout=_SECONDS) as content, path.open("wb") as file:
            shutil.copyfileobj(content, file, _BLOCK)

    _send("GET", EMPTY, (bucket, key), variables, write)


def put_object(bucket: str, key: str, path: Path, variables: Mapping[str, str]) -> None:
    """Upload the file `path`, of at most 5 GB, as an object; the rest is as in `fetch_object`."""

    def upload(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> None:
        with path.open("rb") as file:
            request.data = file
            request.add_header("Content-Length", str(path.stat().st_size))
            request.add_header("Content-Type", guess_type(path.name)[0] or _BYTES)
            opener.open(request, timeout=_SECONDS).close()

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _send("PUT", digest, (bucket, key), variables, upload)


def _send(
    method: str,
    digest: str,
    place: tuple[str, str],
    variables: Mapping[str, str],
    send: Callable[[urllib.request.OpenerDirector, urllib.request.Request], None],
) -> None:
    """Send a signed request to the bucket's region, which S3 names if it is another one."""
    credentials = find_credentials(variables)
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or "us-east-1"
    opener = _make_opener(variables.get("AWS_CA_BUNDLE"))
    for _attempt in range(2):
        url = _locate_object(*place, region, variables)
        headers = sign(method, url, digest, Scope(region, "s3", datetime.now(UTC)), credentials)
        request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - S3's
        try:
            send(opener, request)
        except urllib.error.HTTPError as error:
            with error:
                actual = str(error.headers.get(_REGION, region))
                if actual == region:
                    raise UserError(_explain(error)) from error
            region = actual
        except (OSError, HTTPException, ValueError) as error:
            raise UserError(f"S3 does not answer: {error}") from error
        else:
            return
    raise UserError(f"S3 names one region after another, {region} last")


def _locate_object(bucket: str, key: str, region: str, variables: Mapping[str, str]) -> str:
    """Return the address of an object; a bucket with a dot has no certificate of its own."""
    given = variables.get("AWS_ENDPOINT_URL_S3") or variables.get("AWS_ENDPOINT_URL")
    host = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    path = quote(key, safe="/-._~")
    if given or "." in bucket:
        return f"{(given or f'https://{host}').rstrip('/')}/{quote(bucket)}/{path}"
    return f"https://{bucket}.{host}/{path}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect leads to another region, whose requests are signed otherwise."""

    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow no redirect."""


def _make_opener(bundle: str | None) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cafile=bundle)
    return urllib.request.build_opener(_NoRedirect(), urllib.request.HTTPSHandler(context=context))


def _explain(error: urllib.error.HTTPError) -> str:
    """Return status, code and message of S3's answer."""
    found = _CODE.search(error.read(_BLOCK))
    words = [part.decode(errors="replace") for part in found.groups() if part] if found else []
    return ": ".join([f"S3 answers {error.code}", *words])
