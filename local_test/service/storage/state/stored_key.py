"""Objects of moto's S3 whose bodies are files of the state folder and not in memory.

moto keeps an object as a `FakeKey`: some thirty attributes, the body, and the parts of its upload.
A `StoredKey` holds what differs from object to object, some 700 bytes with its place in the bucket;
the rest are attributes of the class, taken from an object that moto made. Objects with the same
access control list share it, as moto only ever replaces one.
"""

import hashlib
import secrets
import shutil
import sys
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from moto.s3.exceptions import MissingKey
from moto.s3.models import FakeAcl, FakeGrant, FakeGrantee, FakeKey, FakeMultipart
from moto.utilities.utils import LowercaseDict

from local_test.service.api.resource_type import ACCOUNT

_KINDS_OF_METADATA, _KINDS_OF_LISTS = 1024, 1024
# Of a request, not of its object: moto keeps it, S3 does not, and it differs from body to body.
_REQUEST_HEADER = "x-amz-content-sha256"
# Of each object moto says that its region is its partition.
_REGION = "aws"
_OWN = (
    *("name", "bucket_name", "last_modified", "acl", "contentsize", "_etag", "_metadata"),
    *("checksum_algorithm", "checksum_value"),
)
_IN_MEMORY = {"lock", "multipart", "_value_buffer", "_time_progressed", "_tick", "disposed"}


class BodyFiles:
    """The files of one bucket's bodies. `released` are those that no object in memory has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.released: list[Path] = []

    def locate(self, key: str, token: str) -> Path:
        """Return the file of a body; a new body of the same object has another token."""
        return self.folder / (f"{hash_key(key)}.{token}" if token else hash_key(key))


class StoredKey(FakeKey):
    """An object whose body is a file."""

    __slots__ = (*_OWN, "files", "token")

    files: BodyFiles
    token: str

    def __init__(self, files: BodyFiles, token: str, values: Mapping[str, Any]) -> None:
        self.files = files
        self.token = token
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def path(self) -> Path:
        """The file of the body."""
        return self.files.locate(self.name, self.token)

    @property
    def value(self) -> bytes:
        """The body. Raises moto's MissingKey when the object was deleted meanwhile."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise MissingKey(key=self.name) from None

    def set_metadata(self, metadata: Any, replace: bool = False) -> None:
        """Change the headers, which objects share until then."""
        self._metadata = LowercaseDict(self._metadata)
        super().set_metadata(metadata, replace)

    def advance(self) -> None:
        """Count no requests: there is no archive that an object comes back from."""

    def dispose(self, garbage: bool = False) -> None:  # noqa: ARG002 - of moto
        """Mark an object that moto has replaced or deleted; readers may still have it."""
        self.disposed = True

    def __del__(self) -> None:
        """Release the file when nobody has the object any more."""
        if self.disposed:
            self.files.released.append(self.path)


class StoredPart(StoredKey):
    """A part of an upload: `contentsize` bytes from `offset` of the file of its object."""

    offset = 0
    whole = Path()

    @property
    def value(self) -> bytes:
        """The bytes of the part. Raises moto's MissingKey when the object was deleted."""
        try:
            with self.whole.open("rb") as file:
                file.seek(self.offset)
                return file.read(self.contentsize)
        except FileNotFoundError:
            raise MissingKey(key=str(self.name)) from None

    def __del__(self) -> None:
        """Leave the file to its object."""


def hash_key(key: str) -> str:
    """Return the name of the files of an object."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def make_token() -> str:
    """Return a token for a new body."""
    return secrets.token_hex(4)


def write_body(key: FakeKey, target: IO[bytes]) -> None:
    """Write the body of an object. Raises ValueError when moto has replaced the object."""
    if isinstance(key, StoredKey):
        target.write(key.value)
        return
    with key.lock:
        key._value_buffer.seek(0)  # noqa: SLF001 - `value` is a copy of it in memory
        shutil.copyfileobj(key._value_buffer, target)  # noqa: SLF001


def store_key(key: FakeKey, files: BodyFiles, token: str) -> StoredKey:
    """Return what is known of an object, whose body is written, without its body."""
    stored = StoredKey(files, token, _select_values(key))
    if key.multipart is not None:
        stored.multipart = _store_parts(key.multipart, stored)
    return stored


def restore_key(
    files: BodyFiles, token: str, values: Mapping[str, Any], headers: Mapping[str, str]
) -> StoredKey:
    """Return an object of the state folder from the values of its attributes and its headers."""
    own = {"checksum_algorithm": None, "checksum_value": None} | dict(values)
    return StoredKey(files, token, own | {"_metadata": _share_metadata(headers)})


def list_uncommon(key: FakeKey) -> dict[str, Any]:
    """Return the attributes of an object that are neither its own nor the same for all."""
    return {
        name: value
        for name, value in vars(key).items()
        if name not in _IN_MEMORY
        and name not in StoredKey.__slots__
        and value != getattr(StoredKey, name, None)
    }


def _select_values(key: FakeKey) -> dict[str, Any]:
    _ = key.etag  # computed when it is first needed
    own = {name: getattr(key, name) for name in _OWN}
    shared = {
        "bucket_name": key.bucket_name and sys.intern(key.bucket_name),
        "acl": key.acl and _share_acl(key.acl),
        "checksum_algorithm": key.checksum_algorithm and sys.intern(key.checksum_algorithm),
        "_metadata": _share_metadata(key.metadata),
    }
    return own | list_uncommon(key) | shared


def _store_parts(multipart: FakeMultipart, stored: StoredKey) -> FakeMultipart:
    """Return an upload whose parts are read from its object; all parts must be in the object."""
    parts = [multipart.parts[number] for number in multipart.partlist]
    if sum(part.contentsize for part in parts) != stored.contentsize:
        return multipart
    kept, offset = copy(multipart), 0
    kept.parts = {}
    for number, part in zip(multipart.partlist, parts, strict=True):
        piece = StoredPart(stored.files, stored.token, _select_values(part))
        piece.offset, piece.whole = offset, stored.path
        kept.parts[number] = piece
        offset += part.contentsize
    return kept


def _share_metadata(headers: Mapping[str, str]) -> LowercaseDict:
    kept = (item for item in headers.items() if item[0].lower() != _REQUEST_HEADER)
    return _make_metadata(tuple(sorted(kept)))


@lru_cache(_KINDS_OF_METADATA)
def _make_metadata(headers: tuple[tuple[str, str], ...]) -> LowercaseDict:
    return LowercaseDict(dict(headers))


def _share_acl(acl: FakeAcl) -> FakeAcl:
    return _make_acl(
        tuple(
            (
                tuple((one.id, one.uri, one.display_name) for one in grant.grantees),
                tuple(grant.permissions),
            )
            for grant in acl.grants
        )
    )


@lru_cache(_KINDS_OF_LISTS)
def _make_acl(
    grants: tuple[tuple[tuple[tuple[str, str, str], ...], tuple[str, ...]], ...],
) -> FakeAcl:
    return FakeAcl(
        [
            FakeGrant([FakeGrantee(*grantee) for grantee in grantees], list(permissions))
            for grantees, permissions in grants
        ]
    )


def _set_common_values() -> None:
    """Give the class what objects have in common, so that an object need not have it."""
    common = FakeKey("", b"", ACCOUNT, _REGION, version_id="null")
    for name, value in vars(common).items():
        if name not in {*_OWN, "lock", "_value_buffer"}:
            setattr(StoredKey, name, value)
    common.dispose()
    StoredKey.disposed = False


_set_common_values()
