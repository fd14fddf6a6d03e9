"""The signature of a request to AWS.

Source: Amazon S3 API Reference, 'Authenticating Requests: Using the Authorization Header'
(AWS Signature Version 4).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tandem.aws.credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
"""The digest of a body without content."""


@dataclass(frozen=True)
class Scope:
    """What a signature is valid for: a region, a service, and some minutes after `time` (UTC)."""

    region: str
    service: str
    time: datetime


def sign(
    method: str, url: str, digest: str, scope: Scope, credentials: Credentials
) -> dict[str, str]:
    """Return the headers that sign a request with a body of this SHA-256, in hexadecimal digits.

    `url` is an encoded address; the parameters of a query are encoded and in alphabetical order.
    """
    place = urlsplit(url)
    stamp = scope.time.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": place.netloc, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(headers)  # they are in alphabetical order
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{place.path}\n{place.query}\n{lines}\n{names}\n{digest}"
    parts = (stamp[:8], scope.region, scope.service, "aws4_request")
    valid_for = "/".join(parts)
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{stamp}\n{valid_for}\n{hashed}"
    key = f"AWS4{credentials.secret}".encode()
    for part in (*parts, text):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = f"SignedHeaders={names}, Signature={key.hex()}"
    authorization = f"{_ALGORITHM} Credential={credentials.key}/{valid_for}, {signed}"
    return headers | {"Authorization": authorization}
