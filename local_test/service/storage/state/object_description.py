"""What is known of an object of S3, as the state folder keeps it: a JSON object."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from moto.s3.models import FakeBucket, FakeKey

from local_test.errors import UserError
from local_test.service.storage.state.stored_key import (
    BodyFiles,
    StoredKey,
    list_uncommon,
    restore_key,
)

Description = dict[str, Any]

_CHECKSUM = ("checksum_algorithm", "checksum_value")
# Of a bucket: versions are not kept, and an account has its buckets.
_PASSING = {"_version_id", "_is_versioned", "account_id", "region_name", "partition"}
_PLAIN = (str, int, float)
_EARLIER_ATTRIBUTES = {
    "StorageClass": "_storage_class",
    "WebsiteRedirectLocation": "website_redirect_location",
}
_EARLIER_HEADERS = {
    "CacheControl": "cache-control",
    "ContentDisposition": "content-disposition",
    "ContentEncoding": "content-encoding",
    "ContentLanguage": "content-language",
    "ContentType": "content-type",
}


def describe_object(key: FakeKey, token: str, tags: Mapping[str, str]) -> Description:
    """Return what is known of an object whose body is the file of a token."""
    found = {name: getattr(key, name) for name in _CHECKSUM} | list_uncommon(key)
    return {
        "key": key.name,
        "body": token,
        "etag": key.etag.strip('"'),
        "modified": key.last_modified.isoformat(),
        "size": key.size,
        "metadata": dict(key.metadata),
        "attributes": {
            name: value
            for name, value in found.items()
            if isinstance(value, _PLAIN) and name not in _PASSING
        },
        "tags": dict(tags),
    }


def read_description(path: Path) -> Description:
    """Read a description; one of version 0.1.0 is translated.

    Raises UserError when it is damaged, FileNotFoundError when there is none.
    """
    text = path.read_bytes()
    try:
        content: Description = json.loads(text)
        return _translate(content) if "version" in content else content
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read: {error}", "remove the file, or choose another --state"
        ) from error


def restore_object(description: Description, files: BodyFiles, bucket: FakeBucket) -> StoredKey:
    """Return the object that a description is of. Raises OSError when its body is missing."""
    values = {
        **description["attributes"],
        "name": description["key"],
        "bucket_name": bucket.name,
        "acl": bucket.acl,
        "contentsize": description["size"],
        "last_modified": datetime.fromisoformat(description["modified"]),
        "_etag": description["etag"],
    }
    stored = restore_key(files, description["body"], values, description["metadata"])
    stored.path.stat()
    return stored


def _translate(content: Description) -> Description:
    """Return the description that version 0.1.0 wrote in the present form."""
    tag, modified, size = content["version"].rsplit(" ", 2)
    headers = dict(content["headers"])
    metadata = {name: headers[key] for key, name in _EARLIER_HEADERS.items() if key in headers}
    metadata |= {f"x-amz-meta-{name}": text for name, text in headers.get("Metadata", {}).items()}
    when = datetime.fromisoformat(modified).astimezone(UTC).replace(tzinfo=None)
    return {
        "key": content["key"],
        "body": "",
        "etag": tag.strip('"'),
        "modified": when.isoformat(),
        "size": int(size),
        "metadata": metadata,
        "attributes": {
            name: headers[key] for key, name in _EARLIER_ATTRIBUTES.items() if key in headers
        },
        "tags": dict(parse_qsl(headers.get("Tagging", ""), keep_blank_values=True)),
    }
