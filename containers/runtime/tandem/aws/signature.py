"""The signature of a GET request to S3.

Source: Amazon S3 API Reference, 'Authenticating Requests: Using the Authorization Header'
(AWS Signature Version 4).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlsplit

from tandem.aws.credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()


def sign_get(url: str, region: str, credentials: Credentials, time: datetime) -> dict[str, str]:
    """Return the headers that sign a GET of `url`, an encoded address without a query.

    `time` is in UTC.
    """
    place = urlsplit(url)
    stamp = time.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": place.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(headers)  # they are in alphabetical order
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"GET\n{place.path}\n\n{lines}\n{names}\n{_EMPTY}"
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}"
    key = f"AWS4{credentials.secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = f"SignedHeaders={names}, Signature={key.hex()}"
    authorization = f"{_ALGORITHM} Credential={credentials.key}/{scope}, {signed}"
    return headers | {"Authorization": authorization}
