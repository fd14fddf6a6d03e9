"""The service as tests see it: its URL, AWS clients, and files of tests as objects in S3."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_test.client_environment.account import ACCESS_KEY, ACCOUNT, SECRET_KEY
from local_test.engines import EngineName
from local_test.errors import UserError


@dataclass(frozen=True)
class SageMakerService:
    """A running local SageMaker.

    `engine` is the requested one; `state` its folder, which tests share in one scope; `log` the
    file with its output; `role` an ARN for the requests that need one.
    """

    url: str
    region: str
    engine: EngineName
    state: Path
    log: Path
    role: str = f"arn:aws:iam::{ACCOUNT}:role/service-role/local"
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def bucket(self) -> str:
        """The SageMaker SDK's default bucket, where `upload` puts files."""
        return f"sagemaker-{self.region}-{ACCOUNT}"

    def client(self, name: str) -> Any:
        """Return the boto3 client of an AWS service, such as `sagemaker` or `s3`."""
        if name not in self._clients:
            import boto3  # type: ignore[import-untyped]

            session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=self.region)
            self._clients[name] = session.client(name, endpoint_url=self.url)
        return self._clients[name]

    def upload(self, path: Path) -> str:
        """Put a file, or all files below a folder, into the bucket; return the S3 URI.

        Raises UserError when there is no such file.
        """
        if not path.exists():
            raise UserError(f"there is no {path}", "give a file or a folder")
        self._make_bucket()
        prefix = f"tests/{secrets.token_hex(6)}"
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        if not files:
            raise UserError(f"the folder is empty: {path}", "give a file or a folder with files")
        for file in files:
            key = f"{prefix}/{file.relative_to(path.parent).as_posix()}"
            self.client("s3").upload_file(str(file), self.bucket, key)
        return f"s3://{self.bucket}/{prefix}/{path.name}{'/' if path.is_dir() else ''}"

    def download(self, uri: str) -> bytes:
        """Return the content of an object at an S3 URI."""
        parts = urlsplit(uri)
        found = self.client("s3").get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
        return bytes(found["Body"].read())

    def read_log(self, group: str, prefix: str) -> list[str]:
        """Return the lines of all log streams of a group whose names begin with `prefix`."""
        logs = self.client("logs")
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)
        return [
            event["message"]
            for stream in streams["logStreams"]
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients.values():
            client.close()

    def _make_bucket(self) -> None:
        s3 = self.client("s3")
        if self.bucket in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            return
        place = {"LocationConstraint": self.region}
        given = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": place}
        s3.create_bucket(Bucket=self.bucket, **given)
