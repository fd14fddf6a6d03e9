"""Bodies of calls: JSON, compressed or not, within bounds."""

from __future__ import annotations

import gzip
import json

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError


def request(content: bytes, encoding: str = "gzip") -> Request:
    headers = [("Content-Encoding", encoding)] if encoding else []
    return Request(EnvironBuilder(method="POST", data=content, headers=headers).get_environ())


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", ""])
def test_a_body_is_read_compressed_or_not(encoding: str) -> None:
    content = json.dumps({"a": ["b"] * 9000}).encode()
    sent = gzip.compress(content) if encoding else content
    assert json_protocol.read_body(request(sent, encoding)) == {"a": ["b"] * 9000}
    assert json_protocol.read_body(request(b"", "")) == {}


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"{}", 400, "not gzip"),
        (gzip.compress(b'{"a": 1}')[:-9], 400, "cut off"),
        (gzip.compress(b"{"), 400, "not JSON"),
        (gzip.compress(b" " * (65 << 20)), 413, "too large: more than 67,108,864 bytes"),
    ],
    ids=["plain", "cut", "json", "bomb"],  # a gzip body holds the time it was made at
)
def test_a_compressed_body_that_cannot_be_read_is_refused(
    content: bytes, status: int, sentence: str
) -> None:
    with pytest.raises(ApiError, match=sentence) as refused:
        json_protocol.read_body(request(content))
    assert refused.value.status == status
