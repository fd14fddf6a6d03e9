"""The rules of tags that the API's model does not have.

Source: API, Tag and AddTags; General Reference, 'Tag naming limits and requirements'.
"""

from collections.abc import Iterator, Sequence

from local_test.service.api.api_errors import ApiError, invalid

MAX_TAGS = 50
_RESERVED = "aws:"

Tag = dict[str, str]


def check_tags(tags: Sequence[Tag]) -> None:
    """Check the tags of a request. Raises ApiError when a key is reserved or given twice."""
    if message := next(_find_violations(tags), None):
        raise invalid(message)


def merge_tags(tags: Sequence[Tag], more: Sequence[Tag], arn: str) -> list[Tag]:
    """Return the tags of a resource with further ones, which replace those of equal keys.

    Raises ApiError when these are too many.
    """
    merged = list({tag["Key"]: tag for tag in [*tags, *more]}.values())
    if len(merged) > MAX_TAGS:
        raise ApiError(
            "ResourceLimitExceeded",
            f"Too many tags: {len(merged)} on {arn}. Delete some: a resource has at most"
            f" {MAX_TAGS}.",
        )
    return merged


def _find_violations(tags: Sequence[Tag]) -> Iterator[str]:
    seen = set[str]()
    for tag in tags:
        key = tag["Key"]
        if key.lower().startswith(_RESERVED):
            yield f"Reserved tag key: {key!r}. Keys that begin with {_RESERVED} are AWS's own."
        if key in seen:
            yield f"Duplicate tag key: {key!r}. Give each key once."
        seen.add(key)
