"""Buckets with the settings of the SageMaker Python SDK in jobs: made when first requested.

Without a default bucket in its settings the SDK asks STS for the account, at an address of AWS that
a job's container cannot redirect. The SDK reads settings from S3.
Source: SageMaker Python SDK, "Configuring and using defaults".
"""

import re
import threading
from typing import Any

from werkzeug.wrappers import Request

from local_test.client_environment.sdk_settings import format_sdk_settings
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.storage.sample_buckets import create_bucket
from local_test.service.storage.state.s3_objects import CHANGING, is_s3_request, parse_address

_PREFIX = "local-sagemaker-settings-"
_BUCKET = re.compile(_PREFIX + r"([a-z]{2}(?:-[a-z]+)+-\d)")
_KEY = "sdk.yaml"


def name_settings(region: str) -> str:
    """Return the URI of the settings for jobs of a region."""
    return f"s3://{_PREFIX}{region}/{_KEY}"


class SettingsBuckets:
    """A read-only bucket a region. Thread-safe.

    `client` is an S3 client of moto. Objects are not saved: they are written again when needed.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._filled: set[str] = set()

    def check_request(self, request: Request) -> ApiError | None:
        """Fill the bucket that a request names; return the error for a request that changes it."""
        if not is_s3_request(request):
            return None
        bucket, _ = parse_address(request)
        match = _BUCKET.fullmatch(bucket)
        if match is None:
            return None
        if request.method in CHANGING:
            message = f"Access Denied: {bucket} is read-only and the local service's own."
            return ApiError("AccessDenied", message, 403)
        self._fill(bucket, match[1])
        return None

    def _fill(self, bucket: str, region: str) -> None:
        with self._lock:
            if bucket in self._filled:
                return
            create_bucket(self._client, bucket, region)
            settings = format_sdk_settings(f"sagemaker-{region}-{ACCOUNT}")
            self._client.put_object(Bucket=bucket, Key=_KEY, Body=settings.encode())
            self._filled.add(bucket)
