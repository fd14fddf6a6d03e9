"""Host names of AWS, and the addressing styles of S3.

Source: botocore's endpoints.json (suffixes of the partitions aws and aws-cn, dual-stack suffix);
Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
"""

import ipaddress
import re

SUFFIXES = ("amazonaws.com", "amazonaws.com.cn", "api.aws")
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_S3 = re.compile(
    r"(?:(?P<bucket>.+)\.)?"
    rf"s3(?:[.-](?:accelerate|dualstack|fips|external-1|global|{_REGION}))*"
    r"\.amazonaws\.com(?:\.cn)?"
)


def is_aws_host(host: str) -> bool:
    """Return whether a host name is one of AWS."""
    name = host.lower().rstrip(".")
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in SUFFIXES)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own."""
    name = host.lower().strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_s3_host(host: str) -> bool:
    """Return whether a host name is an endpoint of S3 or of a bucket."""
    return _S3.fullmatch(host.lower()) is not None


def find_bucket(host: str) -> str | None:
    """Return the bucket in a virtual-hosted S3 host name; None for all other names."""
    match = _S3.fullmatch(host.lower())
    return match["bucket"] if match else None
