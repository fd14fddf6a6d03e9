"""One bucket's folder: of each object a file with its body, and one with what is known of it.

The second names the first. A new body is another file, so that what is on disk is always the old
object or the new one, and a reader of the old one reads it to the end.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from moto.s3.models import FakeKey

from local_test.service.storage.state.files import open_private, write_json
from local_test.service.storage.state.object_description import (
    Description,
    describe_object,
    read_description,
)
from local_test.service.storage.state.stored_key import (
    BodyFiles,
    StoredKey,
    hash_key,
    make_token,
    store_key,
    write_body,
)

BUCKET = "bucket.json"
_KNOWN = ".json"
_LEFT_BEHIND = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{8}|\.new|\.json\.new)?")


def has_body(files: BodyFiles, key: object) -> bool:
    """Return True if the body of an object is in this folder."""
    return isinstance(key, StoredKey) and key.files is files


def write_object(files: BodyFiles, key: FakeKey, tags: Mapping[str, str]) -> StoredKey:
    """Write an object, its body only if it is not on disk, and return it without its body.

    Raises OSError when the disk refuses it, and ValueError when moto replaces it meanwhile.
    """
    if isinstance(key, StoredKey) and has_body(files, key):
        _write_description(files, describe_object(key, key.token, tags))
        return key
    token = make_token()
    path = files.locate(key.name, token)
    try:
        with open_private(path, "wb") as target:
            write_body(key, target)
        _write_description(files, describe_object(key, token, tags))
    except (OSError, ValueError):
        path.unlink(missing_ok=True)
        raise
    return store_key(key, files, token)


def remove_object(files: BodyFiles, key: str, *, with_body: bool) -> None:
    """Remove the files of an object; of one with earlier versions the bodies stay."""
    if with_body:
        _remove(_locate(files, key))
    else:
        _locate(files, key).unlink(missing_ok=True)


def remove_others(files: BodyFiles, keys: list[str]) -> None:
    """Remove the files of all objects but those of `keys`."""
    kept = {f"{hash_key(key)}{_KNOWN}" for key in keys}
    for path in _list_descriptions(files):
        if path.name not in kept:
            _remove(path)


def remove_released(files: BodyFiles) -> None:
    """Remove the bodies that no object has any more, in memory and on disk."""
    waiting = [files.released.pop() for _ in range(len(files.released))]
    for path in waiting:
        stem, _, token = path.name.partition(".")
        if _read_token(files.folder / f"{stem}{_KNOWN}") == token:
            files.released.append(path)  # until the object that replaces it is written
        else:
            path.unlink(missing_ok=True)


def read_descriptions(files: BodyFiles) -> Iterator[Description]:
    """Yield what is known of each object, and remove bodies that a killed service has left.

    Raises UserError when a description is damaged.
    """
    named = set[str]()
    for path in _list_descriptions(files):
        description = read_description(path)
        named.add(_name_body(path.stem, description["body"]))
        yield description
    with os.scandir(files.folder) as entries:
        for entry in entries:
            if entry.name not in named and _LEFT_BEHIND.fullmatch(entry.name):
                Path(entry.path).unlink()


def _list_descriptions(files: BodyFiles) -> Iterator[Path]:
    """Yield the files in the order of their names; a `Path` takes ten times a name's memory."""
    with os.scandir(files.folder) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(_KNOWN)]
    return (files.folder / name for name in sorted(names) if name != BUCKET)


def _locate(files: BodyFiles, key: str) -> Path:
    return files.folder / f"{hash_key(key)}{_KNOWN}"


def _write_description(files: BodyFiles, description: Description) -> None:
    path = _locate(files, description["key"])
    try:
        if read_description(path) == description:
            return
    except FileNotFoundError:
        pass
    write_json(path, description)


def _read_token(path: Path) -> str | None:
    try:
        return str(read_description(path).get("body", ""))
    except FileNotFoundError:
        return None


def _remove(description: Path) -> None:
    token = _read_token(description)
    description.unlink(missing_ok=True)
    description.with_name(_name_body(description.stem, token)).unlink(missing_ok=True)


def _name_body(stem: str, token: str | None) -> str:
    return f"{stem}.{token}" if token else stem
