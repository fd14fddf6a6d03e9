"""The AWS host name that a client called by way of the AWS proxy."""

from local_test.http_guard.refusals import ORIGINAL_HOST_HEADER, Environ
from local_test.platform.aws_hosts import is_s3_host

_KEY = f"HTTP_{ORIGINAL_HOST_HEADER.upper().replace('-', '_')}"


def restore_host(environ: Environ) -> None:
    """Set the Host of a request to the one that its client called.

    Buckets are in the path of a request to S3, whose Host stays as it is.
    """
    host = environ.get(_KEY, "")
    if host and not is_s3_host(host):
        environ["HTTP_HOST"] = host
        environ["wsgi.url_scheme"] = "https"


def is_for_s3(environ: Environ) -> bool:
    """Return whether a client called S3 by name, so that no other path than S3's is meant."""
    return is_s3_host(environ.get(_KEY, ""))


def is_for_another_service(environ: Environ) -> bool:
    """Return whether a client called an AWS service other than S3 by name."""
    return bool(environ.get(_KEY)) and not is_for_s3(environ)
