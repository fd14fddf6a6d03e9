"""Public buckets of sample data: read-only, filled from a folder when first requested."""

import threading
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.samples.folder import SampleFolder
from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import DEFAULT_REGION
from local_test.service.storage.state.s3_objects import CHANGING, is_s3_request, parse_address

_PUBLIC = {"ACL": "public-read"}  # notebooks also download files without a signature
_TAKEN = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


class SampleBuckets:
    """The buckets of a sample folder; None for a service without samples. Thread-safe.

    `client` is an S3 client of moto. Objects are not saved: the folder has them.
    """

    def __init__(self, folder: SampleFolder | None, client: Any) -> None:
        self._folder = folder
        self._client = client
        self._lock = threading.Lock()
        self._filled: set[str] = set()

    def check_request(self, request: Request) -> ApiError | None:
        """Fill the bucket that a request names; return the error for a request that changes it."""
        if self._folder is None or not is_s3_request(request):
            return None
        bucket, _ = parse_address(request)
        source = request.headers.get("X-Amz-Copy-Source", "").lstrip("/").partition("/")[0]
        is_sample, _ = self._fill(bucket), self._fill(source)
        if is_sample and request.method in CHANGING and "select" not in request.args:
            message = (
                f"Access Denied: {bucket} has sample data and is read-only. Use your own bucket."
            )
            return ApiError("AccessDenied", message, 403)
        return None

    def _fill(self, bucket: str) -> bool:
        """Put the files of a bucket into S3; return whether the folder has this bucket."""
        if self._folder is None or not bucket or self._folder.find_bucket(bucket) is None:
            return False
        with self._lock:
            if bucket not in self._filled:
                region = self._folder.find_region(bucket) or DEFAULT_REGION
                create_bucket(self._client, bucket, region)
                for key, path in self._folder.list_files(bucket):
                    self._client.upload_file(str(path), bucket, key, ExtraArgs=_PUBLIC)
                self._filled.add(bucket)
        return True


def create_bucket(client: Any, bucket: str, region: str) -> None:
    """Create a bucket of a region with an S3 client, unless it exists."""
    options = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        client.create_bucket(Bucket=bucket, **({} if region == DEFAULT_REGION else options))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TAKEN:
            raise
