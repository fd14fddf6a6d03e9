"""S3 objects on disk, because moto keeps them in memory only.

The folder has a directory per bucket, and in it two files per object, named after the hash of the
key: its bytes, and its metadata. What a request has changed is on disk before its response is sent.
"""

import json
import logging
import re
import threading
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, FakeKey
from werkzeug.wrappers import Request

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import read_credential_scope
from local_test.service.error_boundary import run_guarded
from local_test.service.storage.state.files import encode_file_name, make_folder, write_json
from local_test.service.storage.state.moto_buckets import (
    add_object,
    find_bucket,
    find_tags,
    replace_object,
)
from local_test.service.storage.state.object_description import Description, restore_object
from local_test.service.storage.state.object_files import (
    BUCKET,
    has_body,
    read_descriptions,
    remove_object,
    remove_others,
    remove_released,
    write_object,
)
from local_test.service.storage.state.stored_key import BodyFiles

_PAUSE_SECONDS = 0.5
CHANGING = {"PUT", "POST", "DELETE"}
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
        self._files: dict[str, BodyFiles] = {}
        self._unsaved: dict[str, str] = {}
        self._late: dict[str, set[str]] = defaultdict(set)
        self.refused = 0
        self._restored = threading.Event()  # until then a bucket has more on disk than in memory
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="objects", daemon=True)

    def start(self) -> None:
        """Restore the saved objects, and retry from now on to save what could not be saved."""
        for described in sorted(self._folder.glob(f"*/{BUCKET}")):
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
        if not _NAME.fullmatch(bucket) and not (folder / BUCKET).exists():
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
            self._fail(bucket, error, key)
            raise

    def _fail(self, bucket: str, error: OSError, key: str = "") -> None:
        with self._lock:
            self._late[bucket] |= {key} - {""}
            is_known = bucket in self._unsaved
            self._unsaved[bucket] = str(error)
        if not is_known:
            _log.error("bucket %s is not saved below %s: %s", bucket, self._folder, error)

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            self._save_again()
            for files in list(self._files.values()):
                run_guarded(partial(remove_released, files), self._log_leftover)

    def _save_again(self) -> None:
        for bucket in sorted(self.unsaved):
            with self._lock:
                late = self._late.pop(bucket, set())
            try:
                self._save_bucket(bucket)
                for key in late:
                    self._save_key(bucket, key)
            except OSError as error:
                for key in late:
                    self._fail(bucket, error, key)
                self._fail(bucket, error)
            else:
                with self._lock:
                    if bucket not in self._late:
                        del self._unsaved[bucket]
                _log.warning("bucket %s is saved again", bucket)

    def _save_bucket(self, bucket: str) -> None:
        """Save the changes of a bucket."""
        files = self._find_files(bucket)
        with self._saving[hash(bucket) % _STRIPES]:
            found = find_bucket(bucket)
            if found is None:
                _remove_bucket(files.folder)
                return
            keys = list(found.keys)
            self._describe_bucket(files, found)
            remove_others(files, keys)
        for key in keys:
            if not has_body(files, found.keys.get(key)):
                self._save_key(bucket, key)

    def _describe_bucket(self, files: BodyFiles, bucket: FakeBucket) -> None:
        path = files.folder / BUCKET
        if not path.exists():
            region = self._client.get_bucket_location(Bucket=bucket.name)["LocationConstraint"]
            make_folder(files.folder)
            write_json(path, {"name": bucket.name, "region": region})

    def _save_key(self, bucket: str, key: str) -> None:
        files = self._find_files(bucket)
        with self._saving[hash((bucket, key)) % _STRIPES]:
            found = find_bucket(bucket)
            if found is None:
                return
            self._describe_bucket(files, found)
            versions = found.keys.getlist(key, [])
            newest = versions[-1] if versions else None
            if not isinstance(newest, FakeKey):  # deleted, or marked so
                remove_object(files, key, with_body=not versions)
                return
            try:
                stored = write_object(files, newest, find_tags(newest))
            except ValueError:  # replaced meanwhile by a request that saves it, too
                return
            if stored is not newest:
                replace_object(found, versions, newest, stored)

    def _restore(self, folder: Path) -> None:
        described = _read_json(folder / BUCKET)
        name, region = described.get("name", folder.name), described["region"]
        options = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        make = partial(self._client.create_bucket, Bucket=name, **options)
        run_guarded(make, partial(self._log_failure, f"bucket {name}"))
        bucket = find_bucket(name)
        if bucket is None:
            return
        files = self._find_files(name)
        for description in read_descriptions(files):
            what = f"object {description['key']!r} of bucket {name}"
            put = partial(_restore_object, bucket, files, description)
            run_guarded(put, partial(self._log_failure, what))

    def _find_files(self, bucket: str) -> BodyFiles:
        folder = self._folder / encode_file_name(bucket)
        return self._files.setdefault(bucket, BodyFiles(folder))

    def _log_leftover(self, error: Exception) -> None:
        _log.warning("files of replaced objects below %s stay: %s", self._folder, error)

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


def _restore_object(bucket: FakeBucket, files: BodyFiles, description: Description) -> None:
    add_object(bucket, restore_object(description, files, bucket), description["tags"])


def _remove_bucket(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
