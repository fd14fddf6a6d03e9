"""The parts of an image URI.

Source: Amazon ECR User Guide, "Amazon ECR private registries": the host of a registry is
`ACCOUNT.dkr.ecr.REGION.amazonaws.com`, with other domains in other partitions.
"""

import re
from dataclasses import dataclass

_HOST = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.]+")


@dataclass(frozen=True)
class EcrImage:
    """An image in a private registry of Amazon ECR; `tag` is "" if there is none."""

    account: str
    region: str
    repository: str
    tag: str


def strip_registry(uri: str) -> str:
    """Return an image URI without the host of its registry."""
    host, slash, rest = uri.partition("/")
    return rest if slash and ("." in host or ":" in host or host == "localhost") else uri


def parse_ecr_image(uri: str) -> EcrImage | None:
    """Return the parts of an image URI, None if its registry is not a private one of ECR."""
    host = _HOST.fullmatch(uri.partition("/")[0])
    if host is None:
        return None
    repository, _, tag = strip_registry(uri).partition("@")[0].partition(":")
    return EcrImage(host["account"], host["region"], repository, tag)


def add_default_tag(uri: str) -> str:
    """Return an image URI with the tag `latest` if it has neither tag nor digest."""
    last = uri.rpartition("/")[2]
    return uri if ":" in last or "@" in last else f"{uri}:latest"
