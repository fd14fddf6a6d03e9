"""Tags of S3 objects, of which moto keeps an empty table for each object without any."""

from moto.s3 import models
from moto.utilities.tagging_service import TaggingService


class ObjectTags(TaggingService):
    """The tags of buckets and objects, by ARN; what has no tags takes no memory."""

    def tag_resource(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        """Add tags to those of a resource."""
        if tags:
            super().tag_resource(arn, tags)


def omit_empty_tags() -> None:
    """Have moto make its S3 backends with `ObjectTags` from now on."""
    models.TaggingService = ObjectTags  # type: ignore[attr-defined]
