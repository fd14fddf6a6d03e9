"""S3 addresses to files of this machine, and back."""

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
class Uri:
    """`s3://bucket/key`."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def below(self, *names: str) -> "Uri":
        """Return the address of something below this one."""
        return Uri(self.bucket, "/".join([part for part in (self.key.strip("/"), *names) if part]))


_LONGEST_NAME = 255
_HTTPS = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?"
    r"\.amazonaws\.com(?:\.cn)?/(?P<path>.*)"
)
"""A virtual-hosted or path-style address (S3 User Guide, "Virtual hosting of buckets")."""


def parse(text: str) -> Uri:
    """Read an S3 address: `s3://bucket/key`, or S3's own `https://` forms of it.

    Anything else is a UserError.
    """
    scheme, _, rest = text.partition("://")
    if found := _HTTPS.fullmatch(text):
        path = unquote(found["path"])
        rest = f"{found['bucket']}/{path}" if found["bucket"] else path
        scheme = "s3"
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise UserError(f"{text!r} is no S3 address", "write s3://bucket/key")
    return Uri(bucket, key)


class Storage:
    """The objects of S3, through a client of it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def under(self, place: Uri) -> list[tuple[Uri, str]]:
        """Return address and path of every object under a prefix, in the order of the keys.

        The path is what stands behind the prefix, which need not end at a folder. A bucket that
        is not there, and a prefix without an object, is a UserError.
        """
        keys: list[str] = []
        try:
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=place.bucket, Prefix=place.key):
                keys += [item["Key"] for item in page.get("Contents", ())]
        except ClientError as error:
            raise _refused(place, error) from error
        found = [
            (Uri(place.bucket, key), _relative(key, place.key))
            for key in keys
            if not key.endswith("/")
        ]
        if not found:
            raise UserError(f"there is no S3 object under {place}", "put the data there first")
        return found

    def listed(self, manifest: Uri) -> list[tuple[Uri, str]]:
        """Return address and path of every object a manifest names; a broken one is a UserError."""
        try:
            first, *names = json.loads(self.read(manifest))
            prefix = parse(first["prefix"])
            return [(Uri(prefix.bucket, f"{prefix.key}{name}"), name) for name in names]
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"{manifest} is no manifest ({error!r})",
                'write [{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]',
            ) from error

    def read(self, place: Uri) -> bytes:
        """Return the bytes of one object; one that is not there is a UserError."""
        try:
            content = self._client.get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
        except ClientError as error:
            raise _refused(place, error) from error
        return bytes(content)

    def fetch(self, place: Uri, target: Path) -> Path:
        """Copy one object into a new file; one that is not there is a UserError."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as undo, target.open("xb") as file:
                undo.callback(target.unlink)
                self._client.download_fileobj(place.bucket, place.key, file)
                undo.pop_all()
        except ClientError as error:
            raise _refused(place, error) from error
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            raise UserError(
                f"{place} cannot be a file: another object's key goes through it, or it through"
                " another's",
                "rename one of the two objects",
            ) from error
        return target

    def fetch_all(self, place: Uri, folder: Path) -> Path:
        """Copy every object under a prefix into a folder, structure kept."""
        for source, path in self.under(place):
            self.fetch(source, file_of(folder, path, source))
        return folder

    def write(self, content: bytes, place: Uri, content_type: str | None = None) -> None:
        """Make one object."""
        typed = {} if content_type is None else {"ContentType": content_type}
        try:
            self._client.put_object(Bucket=place.bucket, Key=place.key, Body=content, **typed)
        except ClientError as error:
            raise _refused(place, error) from error

    def put(self, source: Path, place: Uri) -> None:
        """Make one object from a file."""
        with source.open("rb") as content:
            try:
                self._client.upload_fileobj(content, place.bucket, place.key)
            except ClientError as error:
                raise _refused(place, error) from error

    def remove(self, place: Uri) -> None:
        """Remove one object; one that is not there is no mistake."""
        self._client.delete_object(Bucket=place.bucket, Key=place.key)


def file_of(folder: Path, path: str, source: Uri) -> Path:
    """Return the file below `folder` that an object becomes, by its path behind a prefix.

    Raises UserError for a path that leads out of the folder or that no file can have.
    """
    parts = [part for part in path.split("/") if part]
    if not parts or any(part in {".", ".."} or not _can_be_a_name(part) for part in parts):
        raise UserError(
            f"the key of {str(source)!r} cannot be the path of a file",
            "rename the object: no part may be '.', '..' or longer than 255 bytes",
        )
    return folder.joinpath(*parts)


def _can_be_a_name(part: str) -> bool:
    try:
        return "\0" not in part and len(os.fsencode(part)) <= _LONGEST_NAME
    except UnicodeEncodeError:
        return False


def _relative(key: str, prefix: str) -> str:
    folder = prefix.rstrip("/")
    if folder and key.startswith(f"{folder}/"):
        return key[len(folder) + 1 :]
    if key == prefix:
        return PurePosixPath(key).name
    return key[prefix.rfind("/") + 1 :]


def _refused(place: Uri, error: ClientError) -> UserError:
    told = error.response["Error"]
    return UserError(f"S3 refuses {place}: {told.get('Message') or told['Code']}")
