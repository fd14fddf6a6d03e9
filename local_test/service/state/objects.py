"""S3 objects on disk: the service's own memory of them ends with it.

Below the folder stands a directory a bucket, and in it a pair of files an object, named after the
key's check sum: its bytes, and what S3 knows of it.
"""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.service.calls import signed_for
from local_test.service.threads import enduring

_PAUSE_SECONDS = 0.5
_CHANGING = {"PUT", "POST", "DELETE"}
_BUCKET, _KNOWN = "bucket.json", "json"
_HEADERS = ("ContentType", "ContentEncoding", "Metadata")


class Objects:
    """Follows the buckets of S3 to disk, and brings them back; `client` is one of S3."""

    def __init__(self, client: Any, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._changed: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="objects", daemon=True)

    def start(self) -> None:
        """Bring back what was saved, and save from now on what changes."""
        for described in sorted(self._folder.glob(f"*/{_BUCKET}")):
            self._restore(described.parent)
        with self._lock:
            self._changed.clear()
        self._thread.start()

    def close(self) -> None:
        """Save what has changed and end."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self._save()

    def notice(self, request: Request) -> None:
        """Look at a request that S3 has answered: its bucket may have changed."""
        bucket = request.path.split("/")[1]
        if bucket and request.method in _CHANGING and signed_for(request)[1] in {"s3", ""}:
            with self._lock:
                self._changed.add(bucket)

    def _run(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            enduring(self._save)

    def _save(self) -> None:
        with self._saving:
            with self._lock:
                changed, self._changed = self._changed, set()
            for bucket in sorted(changed):
                self._save_bucket(bucket)

    def _save_bucket(self, bucket: str) -> None:
        folder = self._folder / bucket
        try:
            found = {item["Key"]: item for item in self._listed(bucket)}
            region = self._client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
        except ClientError:  # removed, or never there
            _remove(folder)
            return
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / _BUCKET, {"region": region})
        kept = {_stem(key) for key in found}
        for path in folder.glob(f"*.{_KNOWN}"):
            if path.name != _BUCKET and path.stem not in kept:
                path.with_suffix("").unlink(missing_ok=True)
                path.unlink()
        for key, item in found.items():
            self._save_object(bucket, key, item, folder / _stem(key))

    def _listed(self, bucket: str) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from page.get("Contents", ())

    def _save_object(self, bucket: str, key: str, item: dict[str, Any], path: Path) -> None:
        known = path.with_suffix(f".{_KNOWN}")
        version = f"{item['ETag']} {item['LastModified'].isoformat()} {item['Size']}"
        if known.exists() and json.loads(known.read_text(encoding="utf-8"))["version"] == version:
            return
        try:
            told = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError:  # removed meanwhile: the next look sees that
            return
        aside = path.with_suffix(".new")
        with told["Body"] as content, aside.open("wb") as target:
            shutil.copyfileobj(content, target)
        aside.replace(path)
        headers = {name: told[name] for name in _HEADERS if told.get(name)}
        _write(known, {"key": key, "version": version, "headers": headers})

    def _restore(self, folder: Path) -> None:
        region = json.loads((folder / _BUCKET).read_text(encoding="utf-8"))["region"]
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        self._client.create_bucket(Bucket=folder.name, **place)
        for known in sorted(folder.glob(f"*.{_KNOWN}")):
            if known.name != _BUCKET:
                told = json.loads(known.read_text(encoding="utf-8"))
                with known.with_suffix("").open("rb") as content:
                    self._client.upload_fileobj(
                        content, folder.name, told["key"], ExtraArgs=told["headers"]
                    )


def _stem(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _write(path: Path, content: dict[str, Any]) -> None:
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(content), encoding="utf-8")
    aside.replace(path)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
