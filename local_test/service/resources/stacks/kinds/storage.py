"""Buckets of S3.

Source: CloudFormation Template Reference, `AWS::S3::Bucket`.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.stacks.kinds.kind import ClientFactory, Created, already_deleted

_PROPERTIES = frozenset({"BucketName", "Tags", "VersioningConfiguration"})


@dataclass(frozen=True)
class BucketKind:
    """A bucket; only an empty one can be deleted."""

    properties: frozenset[str] = _PROPERTIES
    attributes: frozenset[str] = frozenset({"Arn", "DomainName", "RegionalDomainName"})
    name_property: str = "BucketName"
    longest: int = 63

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Create the bucket."""
        client = clients("s3")
        region = client.meta.region_name
        place = {} if region == "us-east-1" else _constrain(region)
        client.create_bucket(Bucket=name.lower(), **place)
        return self.update(clients, name.lower(), properties, stop)

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Set the bucket's tags and versioning."""
        del stop
        client = clients("s3")
        client.delete_bucket_tagging(Bucket=name)
        if tags := properties.get("Tags"):
            client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        if versioning := properties.get("VersioningConfiguration"):
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        attributes = {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{client.meta.region_name}.amazonaws.com",
        }
        return Created(name, name, attributes)

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete the bucket, unless somebody else has deleted it."""
        with already_deleted("NoSuchBucket"):
            clients("s3").delete_bucket(Bucket=name)


def _constrain(region: str) -> dict[str, Any]:
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


BUCKET = BucketKind()
