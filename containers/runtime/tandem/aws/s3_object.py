"""Fetch one object of S3."""

from __future__ import annotations

import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from tandem.aws.credentials import find_credentials
from tandem.aws.signature import sign_get
from tandem.errors import UserError

_SECONDS = 60
_REGION = "x-amz-bucket-region"
_CODE = re.compile(rb"<Code>([^<]*)</Code>\s*(?:<Message>([^<]*)</Message>)?")
_BLOCK = 1 << 20


def fetch_object(bucket: str, key: str, path: Path, variables: Mapping[str, str]) -> None:
    """Write an object to the file `path`; the AWS variables give region, address and credentials.

    Raises UserError when S3 refuses it or does not answer.
    """
    credentials = find_credentials(variables)
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or "us-east-1"
    opener = _make_opener(variables.get("AWS_CA_BUNDLE"))
    try:
        for _attempt in range(2):
            url = _locate_object(bucket, key, region, variables)
            headers = sign_get(url, region, credentials, datetime.now(UTC))
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - S3's address
            actual = _download(opener, request, path, region)
            if actual == region:
                return
            region = actual
    except (OSError, HTTPException, ValueError) as error:
        raise UserError(f"S3 does not answer: {error}") from error
    raise UserError(f"S3 names one region after another, {region} last")


def _download(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, path: Path, region: str
) -> str:
    """Write the answer to a file; return the bucket's region, which differs if there is none."""
    try:
        with opener.open(request, timeout=_SECONDS) as content, path.open("wb") as file:
            shutil.copyfileobj(content, file, _BLOCK)
    except urllib.error.HTTPError as error:
        with error:
            actual = str(error.headers.get(_REGION, region))
            if actual == region:
                raise UserError(_explain(error)) from error
        return actual
    return region


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
