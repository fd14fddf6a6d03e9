"""S3 URIs, and transfers between S3 objects and local files."""

import json
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import UserError


@dataclass(frozen=True)
class S3Uri:
    """The S3 URI `s3://bucket/key`."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def join(self, *names: str) -> "S3Uri":
        """Return the URI of a key below this one."""
        return S3Uri(
            self.bucket, "/".join([part for part in (self.key.strip("/"), *names) if part])
        )


_NO_TYPE = "binary/octet-stream"  # of objects that were given none (S3 API, PutObject)
_LONGEST_NAME = 255
_HTTPS = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?"
    r"\.amazonaws\.com(?:\.cn)?/(?P<path>.*)"
)
"""A virtual-hosted or path-style address (S3 User Guide, "Virtual hosting of buckets")."""


def parse_uri(text: str) -> S3Uri:
    """Parse an S3 URI: `s3://bucket/key`, or one of S3's `https://` forms.

    Raises UserError for any other text.
    """
    scheme, _, rest = text.partition("://")
    if match := _HTTPS.fullmatch(text):
        path = unquote(match["path"])
        rest = f"{match['bucket']}/{path}" if match["bucket"] else path
        scheme = "s3"
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise UserError(f"{text!r} is no S3 address", "write s3://bucket/key")
    return S3Uri(bucket, key)


class S3Storage:
    """The objects of S3, read and written with a boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list_prefix(self, prefix: S3Uri) -> list[tuple[S3Uri, str]]:
        """Return the URI and the path of every object under a prefix, sorted by key.

        The path is the part of the key after the prefix, which need not end at a folder. Raises
        UserError when the bucket does not exist or no object has the prefix.
        """
        objects = [
            (S3Uri(prefix.bucket, item["Key"]), _strip_prefix(item["Key"], prefix.key))
            for item in self._list_contents(prefix)
            if not item["Key"].endswith("/")
        ]
        if not objects:
            raise UserError(f"there is no S3 object under {prefix}", "put the data there first")
        return objects

    def list_etags(self, prefix: S3Uri) -> dict[str, str]:
        """Return the ETag of every object under a prefix by its key; none where there is none.

        Raises UserError when the bucket does not exist.
        """
        return {item["Key"]: item["ETag"].strip('"') for item in self._list_contents(prefix)}

    def _list_contents(self, prefix: S3Uri) -> list[dict[str, Any]]:
        contents: list[dict[str, Any]] = []
        try:
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=prefix.bucket, Prefix=prefix.key):
                contents += page.get("Contents", ())
        except ClientError as error:
            raise _make_error(prefix, error) from error
        return contents

    def list_folders(self, parent: S3Uri) -> list[str]:
        """Return the names of the folders directly in a folder, sorted.

        Raises UserError when the bucket does not exist.
        """
        prefix = f"{parent.key.strip('/')}/"
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=parent.bucket, Prefix=prefix, Delimiter="/"
            )
            found = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", ())]
        except ClientError as error:
            raise _make_error(parent, error) from error
        return sorted(name.removeprefix(prefix).strip("/") for name in found)

    def has_objects(self, folder: S3Uri) -> bool:
        """Return True if there is an object in a folder or below.

        Raises UserError when the bucket does not exist.
        """
        prefix = f"{folder.key.strip('/')}/"
        try:
            page = self._client.list_objects_v2(Bucket=folder.bucket, Prefix=prefix, MaxKeys=1)
        except ClientError as error:
            raise _make_error(folder, error) from error
        return bool(page.get("Contents"))

    def list_manifest(self, manifest: S3Uri) -> list[tuple[S3Uri, str]]:
        """Return the URI and the path of every object in a manifest.

        Raises UserError when the manifest is invalid.
        """
        try:
            first, *names = json.loads(self.read(manifest))
            prefix = parse_uri(first["prefix"])
            return [(S3Uri(prefix.bucket, f"{prefix.key}{name}"), name) for name in names]
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"{manifest} is no manifest ({error!r})",
                'write [{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]',
            ) from error

    def read(self, uri: S3Uri) -> bytes:
        """Return the bytes of an object. Raises UserError when it does not exist."""
        try:
            content = self._client.get_object(Bucket=uri.bucket, Key=uri.key)["Body"].read()
        except ClientError as error:
            raise _make_error(uri, error) from error
        return bytes(content)

    def read_etag(self, uri: S3Uri) -> str:
        """Return the ETag of an object, without quotes. Raises UserError when it does not exist."""
        return str(self._read_head(uri)["ETag"]).strip('"')

    def read_content_type(self, uri: S3Uri) -> str | None:
        """Return the content type that an object was given, if any.

        Raises UserError when the object does not exist.
        """
        found = str(self._read_head(uri).get("ContentType", _NO_TYPE))
        return None if found == _NO_TYPE else found

    def _read_head(self, uri: S3Uri) -> dict[str, Any]:
        try:
            head: dict[str, Any] = self._client.head_object(Bucket=uri.bucket, Key=uri.key)
        except ClientError as error:
            raise _make_error(uri, error) from error
        return head

    def fetch(self, uri: S3Uri, target: Path) -> Path:
        """Copy an object to a new file and return its path.

        Raises UserError when the object does not exist or the file cannot be created.
        """
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as undo, target.open("xb") as file:
                undo.callback(target.unlink)
                self._client.download_fileobj(uri.bucket, uri.key, file)
                undo.pop_all()
        except ClientError as error:
            raise _make_error(uri, error) from error
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            raise UserError(
                f"{uri} cannot be a file: another object's key goes through it, or it through"
                " another's",
                "rename one of the two objects",
            ) from error
        return target

    def fetch_prefix(self, prefix: S3Uri, folder: Path) -> Path:
        """Copy all objects under a prefix to a folder, with their paths."""
        for source, path in self.list_prefix(prefix):
            self.fetch(source, locate_file(folder, path, source))
        return folder

    def write(self, content: bytes, uri: S3Uri, content_type: str | None = None) -> None:
        """Write an object. Raises UserError when S3 refuses it."""
        options = {} if content_type is None else {"ContentType": content_type}
        try:
            self._client.put_object(Bucket=uri.bucket, Key=uri.key, Body=content, **options)
        except ClientError as error:
            raise _make_error(uri, error) from error

    def upload(self, source: Path, uri: S3Uri) -> None:
        """Write an object from a file. Raises UserError when S3 refuses it."""
        with source.open("rb") as content:
            try:
                self._client.upload_fileobj(content, uri.bucket, uri.key)
            except ClientError as error:
                raise _make_error(uri, error) from error

    def require_bucket(self, bucket: str) -> None:
        """Raise UserError when a bucket does not exist."""
        try:
            self._client.get_bucket_location(Bucket=bucket)
        except ClientError as error:
            raise _make_error(S3Uri(bucket, ""), error) from error

    def remove(self, uri: S3Uri) -> None:
        """Remove an object, if it exists."""
        self._client.delete_object(Bucket=uri.bucket, Key=uri.key)


def locate_file(folder: Path, path: str, source: S3Uri) -> Path:
    """Return the local file for an object: its path after the prefix, in `folder`.

    Raises UserError when the path leads out of the folder or no file can have it.
    """
    parts = [part for part in path.split("/") if part]
    if not parts or any(part in {".", ".."} or not _is_file_name(part) for part in parts):
        raise UserError(
            f"the key of {str(source)!r} cannot be the path of a file",
            "rename the object: no part may be '.', '..' or longer than 255 bytes",
        )
    return folder.joinpath(*parts)


def _is_file_name(part: str) -> bool:
    try:
        return "\0" not in part and len(os.fsencode(part)) <= _LONGEST_NAME
    except UnicodeEncodeError:
        return False


def _strip_prefix(key: str, prefix: str) -> str:
    folder = prefix.rstrip("/")
    if folder and key.startswith(f"{folder}/"):
        return key[len(folder) + 1 :]
    if key == prefix:
        return PurePosixPath(key).name
    return key[prefix.rfind("/") + 1 :]


def _make_error(uri: S3Uri, error: ClientError) -> UserError:
    details = error.response["Error"]
    return UserError(f"S3 refuses {uri}: {details.get('Message') or details['Code']}")
