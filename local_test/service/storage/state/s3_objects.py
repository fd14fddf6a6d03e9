"""S3 objects on disk, because moto keeps them in memory only.

The folder has a directory per bucket, and in it two files per object, named after the hash of the
key: its bytes, and its metadata. What a request has changed is on disk before its response is sent.
"""

import hashlib
import json
import logging
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import read_credential_scope
from local_test.service.error_boundary import run_guarded
from local_test.service.storage.state.files import (
    encode_file_name,
    make_folder,
    open_private,
    write_json,
)

_PAUSE_SECONDS = 0.5
CHANGING = {"PUT", "POST", "DELETE"}
_BUCKET, _KNOWN = "bucket.json", "json"
_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
    "StorageClass",
    "WebsiteRedirectLocation",
)
_COLD = {"GLACIER", "DEEP_ARCHIVE"}
_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_STRIPES = 64
_log = logging.getLogger(__name__)


class S3Objects:
    """Saves the buckets and objects of S3, and restores them. `client` is an S3 client of moto."""

    def __init__(self, client: Any, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._lock = threading.Lock()
        self._saving = [threading.RLock() for _ in range(_STRIPES)]
        self._unsaved: dict[str, str] = {}
        self.refused = 0
        self._restored = threading.Event()  # until then a bucket has more on disk than in memory
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="objects", daemon=True)

    def start(self) -> None:
        """Restore the saved objects, and retry from now on to save what could not be saved."""
        for described in sorted(self._folder.glob(f"*/{_BUCKET}")):
            self._restore(described.parent)
        self._restored.set()
        self._thread.start()

    def close(self) -> None:
        """Retry a last time. Raises UserError when buckets are still not saved."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self._save_again()
        if self._unsaved:
            raise UserError(
                f"buckets {sorted(self._unsaved)} are not saved whole below {self._folder}:"
                f" {next(iter(self._unsaved.values()))}",
                "what the last answers said is lost; make room and put the objects again",
            )

    @property
    def unsaved(self) -> dict[str, str]:
        """The buckets that are not saved completely, each with the system's error."""
        with self._lock:
            return dict(self._unsaved)

    def check_request(self, request: Request) -> ApiError | None:
        """Return the error for a request that S3 would reject or that cannot be saved."""
        bucket, key = parse_address(request)
        if request.method not in CHANGING or not is_s3_request(request) or not bucket:
            return None
        folder = self._folder / encode_file_name(bucket)
        if not _NAME.fullmatch(bucket) and not (folder / _BUCKET).exists():
            return ApiError("InvalidBucketName", f"The specified bucket is not valid: {bucket!r}.")
        if key and (cold := request.headers.get("X-Amz-Storage-Class")) in _COLD:
            message = f"Objects cannot be kept in the storage class {cold}: {key!r}. Use STANDARD."
            return ApiError("NotImplemented", message, 501)
        return None

    def save(self, request: Request) -> None:
        """Save what a successful S3 request may have changed.

        Raises OSError when it cannot be written; writing is then repeated until it succeeds.
        """
        bucket, key = parse_address(request)
        if not bucket or request.method not in CHANGING or not self._restored.is_set():
            return
        if read_credential_scope(request)[1] not in {"s3", ""} or _is_part(request):
            return
        try:
            if key:
                self._save_key(bucket, key)
            else:
                self._save_bucket(bucket)
        except OSError as error:
            self._fail(bucket, error)
            raise

    def _fail(self, bucket: str, error: OSError) -> None:
        with self._lock:
            is_known = bucket in self._unsaved
            self._unsaved[bucket] = str(error)
        if not is_known:
            _log.error("bucket %s is not saved below %s: %s", bucket, self._folder, error)

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            self._save_again()

    def _save_again(self) -> None:
        for bucket in sorted(self.unsaved):
            try:
                self._save_bucket(bucket, anew=True)
            except OSError as error:
                self._fail(bucket, error)
            else:
                with self._lock:
                    del self._unsaved[bucket]
                _log.warning("bucket %s is saved again", bucket)

    def _save_bucket(self, bucket: str, *, anew: bool = False) -> None:
        """Save the changes of a bucket; `anew` also compares the objects that are saved."""
        folder = self._folder / encode_file_name(bucket)
        with self._saving[hash(bucket) % _STRIPES]:
            description = self._describe_bucket(bucket)
            if description is None:
                _remove_bucket(folder)
                return
            keys = [item["Key"] for item in self._list_objects(bucket)]
            make_folder(folder)
            write_json(folder / _BUCKET, description)
            stems = {_hash_key(key) for key in keys}
            for path in folder.glob(f"*.{_KNOWN}"):
                if path.name != _BUCKET and path.stem not in stems:
                    _remove_object(path.with_suffix(""))
        for key in keys:
            if anew or not (folder / f"{_hash_key(key)}.{_KNOWN}").exists():
                self._save_key(bucket, key)

    def _describe_bucket(self, bucket: str) -> dict[str, Any] | None:
        try:
            region = self._client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchBucket", "404", "InvalidBucketName"}:
                return None
            raise
        return {"name": bucket, "region": region}

    def _list_objects(self, bucket: str) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from page.get("Contents", ())

    def _save_key(self, bucket: str, key: str) -> None:
        folder = self._folder / encode_file_name(bucket)
        if not (folder / _BUCKET).exists():
            description = self._describe_bucket(bucket)
            if description is None:
                return
            make_folder(folder)
            write_json(folder / _BUCKET, description)
        path = folder / _hash_key(key)
        with self._saving[hash((bucket, key)) % _STRIPES]:
            try:
                s3_object = self._client.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                    raise
                _remove_object(path)
                return
            if s3_object.get("TagCount"):
                tags = self._client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
                s3_object["Tagging"] = urlencode([(tag["Key"], tag["Value"]) for tag in tags])
            with s3_object["Body"] as content:
                self._write(path, key, s3_object, content)

    def _write(self, path: Path, key: str, s3_object: dict[str, Any], content: Any) -> None:
        metadata_path = path.with_suffix(f".{_KNOWN}")
        tag, size = s3_object["ETag"], s3_object["ContentLength"]
        version = f"{tag} {s3_object['LastModified'].isoformat()} {size}"
        headers = {name: s3_object[name] for name in (*_HEADERS, "Tagging") if s3_object.get(name)}
        described = {"key": key, "version": version, "headers": headers}
        if (
            metadata_path.exists()
            and json.loads(metadata_path.read_text(encoding="utf-8")) == described
        ):
            return
        temporary = path.with_suffix(".new")
        with open_private(temporary, "wb") as target:
            shutil.copyfileobj(content, target)
        temporary.replace(path)
        write_json(metadata_path, described)

    def _restore(self, folder: Path) -> None:
        described = _read_json(folder / _BUCKET)
        name, region = described.get("name", folder.name), described["region"]
        options = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        make = partial(self._client.create_bucket, Bucket=name, **options)
        run_guarded(make, partial(self._log_failure, f"bucket {name}"))
        for metadata_path in sorted(folder.glob(f"*.{_KNOWN}")):
            if metadata_path.name != _BUCKET:
                metadata = _read_json(metadata_path)
                put = partial(self._put, name, metadata, metadata_path.with_suffix(""))
                run_guarded(
                    put, partial(self._log_failure, f"object {metadata['key']!r} of bucket {name}")
                )

    def _put(self, bucket: str, metadata: dict[str, Any], path: Path) -> None:
        with path.open("rb") as content:
            self._client.upload_fileobj(
                content, bucket, metadata["key"], ExtraArgs=metadata["headers"]
            )

    def _log_failure(self, what: str, error: Exception) -> None:
        self.refused += 1
        _log.error("not restored: %s: %s", what, error)


def is_s3_request(request: Request) -> bool:
    """Return True if a request is for S3: signed for it, or unsigned in its form."""
    service = read_credential_scope(request)[1]
    other = "X-Amz-Target" in request.headers or "Action" in request.args
    return service == "s3" or (not service and not other and request.method != "POST")


def _is_part(request: Request) -> bool:
    """Return True if a request is about a multipart upload that is not complete."""
    return ("uploads" if request.method == "POST" else "uploadId") in request.args


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"{path} cannot be read: {error}", "remove the file, or choose another --state"
        ) from error
    return content


def parse_address(request: Request) -> tuple[str, str]:
    """Return bucket and key of a request, path-style or to BUCKET.localhost."""
    host = request.host.rpartition(":")[0] or request.host
    path = request.path.removeprefix("/")
    if host.endswith(".localhost"):
        return host.removesuffix(".localhost"), path
    bucket, _, key = path.partition("/")
    return bucket, key


def _hash_key(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _remove_object(path: Path) -> None:
    path.with_suffix(f".{_KNOWN}").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _remove_bucket(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
