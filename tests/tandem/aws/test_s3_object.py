"""An object of S3 without boto3: botocore's signatures, and a server of every kind of answer."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from botocore import auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials as BotoCredentials  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from tandem.aws.credentials import Credentials, find_credentials
from tandem.aws.s3_object import fetch_object, put_object
from tandem.aws.signature import EMPTY, Scope, sign
from tandem.errors import UserError

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
ROLE = {"AccessKeyId": "ASIA", "SecretAccessKey": "hidden", "Token": "session"}


uploads: list[bytes] = []


class Store(BaseHTTPRequestHandler):
    """S3 in eu-west-1, a container's credentials below /role, and a machine's metadata."""

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/shop/new.html":
            same = hashlib.sha256(content).hexdigest() == self.headers["x-amz-content-sha256"]
            moved = "/eu-west-1/s3/" not in self.headers["Authorization"]
            assert (same, self.headers["Content-Type"]) == (True, "text/html")
            uploads.append(content)
            self.reply(301 if moved else 200, b"", x_amz_bucket_region="eu-west-1")
            return
        assert self.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600"
        self.reply(200, b"a-token")

    def do_GET(self) -> None:
        if self.path == "/role":
            allowed = self.headers["Authorization"] == "of-the-file"
            self.reply(200 if allowed else 403, json.dumps(ROLE).encode())
        elif self.path.startswith("/latest/meta-data/iam/security-credentials/"):
            assert self.headers["X-aws-ec2-metadata-token"] == "a-token"
            last = self.path.endswith("/the-role")
            self.reply(200, json.dumps(ROLE).encode() if last else b"the-role")
        elif "/eu-west-1/s3/" not in self.headers["Authorization"]:
            self.reply(301, b"", x_amz_bucket_region="eu-west-1")
        elif self.path == "/shop/a%20b/c%2B%C3%BC.tar.gz":
            self.reply(200, b"the content")
        else:
            code = b"<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>"
            self.reply(404, code)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@given(
    key=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1),
    secret=st.text("abcXYZ019/+", min_size=1),
    token=st.sampled_from(["", "a/session+token=="]),
)
def test_a_signature_is_botocores(key: str, secret: str, token: str) -> None:
    time = datetime.now(UTC)
    request = AWSRequest("GET", f"https://s3.eu-west-1.amazonaws.com/{quote(key, safe='/-._~')}")
    signer = auth.S3SigV4Auth(BotoCredentials("AKID", secret, token or None), "s3", "eu-west-1")
    signer.add_auth(request)
    stamp = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((stamp - time).total_seconds()) < 600
    scope = Scope("eu-west-1", "s3", stamp)
    ours = sign("GET", request.url, EMPTY, scope, Credentials("AKID", secret, token))
    assert (
        ours["Authorization"]
        .split("Signature=")[0]
        .endswith(
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date"
            + (";x-amz-security-token, " if token else ", ")
        )
    )
    # botocore hashes the empty body too: the two signatures are of the same request.
    assert request.headers["X-Amz-Content-SHA256"] == ours["x-amz-content-sha256"]
    assert ours["Authorization"] == request.headers["Authorization"]


def test_an_object_of_another_region_is_fetched(store: str, tmp_path: Path) -> None:
    variables = KEYS | {"AWS_ENDPOINT_URL": store, "AWS_REGION": "us-east-1"}
    fetch_object("shop", "a b/c+ü.tar.gz", tmp_path / "file", variables)
    assert (tmp_path / "file").read_bytes() == b"the content"


def test_an_object_of_another_region_is_uploaded(store: str, tmp_path: Path) -> None:
    (tmp_path / "new.html").write_text("a page")
    variables = KEYS | {"AWS_ENDPOINT_URL": store, "AWS_REGION": "us-east-1"}
    put_object("shop", "new.html", tmp_path / "new.html", variables)
    assert uploads == [b"a page"] * 2  # the second request is signed for the bucket's region


def test_a_refusal_names_status_code_and_message(store: str, tmp_path: Path) -> None:
    variables = KEYS | {"AWS_ENDPOINT_URL_S3": store}
    with pytest.raises(UserError, match=r"S3 answers 404: NoSuchKey: There is none\."):
        fetch_object("shop", "none", tmp_path / "file", variables)
    assert not (tmp_path / "file").exists()
    with pytest.raises(UserError, match=r"S3 does not answer: "):
        fetch_object("a", "b", tmp_path / "file", KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})


def test_the_role_of_a_container_and_of_a_machine_is_found(store: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("of-the-file\n")
    role = Credentials("ASIA", "hidden", "session")
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{store}/role"}
    file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")}
    assert find_credentials(container | file) == role
    machine = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": store}
    assert find_credentials(machine) == role
    with pytest.raises(UserError, match=r"no AWS credentials: HTTP Error 403.*Give the job a role"):
        find_credentials(container)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"AWS_EC2_METADATA_DISABLED": "true"}, "AWS_EC2_METADATA_DISABLED is true"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/"}, "neither HTTPS nor on"),
    ],
)
def test_missing_credentials_are_named(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=f"no AWS credentials: .*{sentence}"):
        find_credentials(variables)
