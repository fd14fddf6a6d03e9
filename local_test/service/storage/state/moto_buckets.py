"""Buckets in moto's memory: their objects, tags, and objects put in place of others."""

from collections.abc import Mapping
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.storage.state.stored_key import StoredKey

_PARTITION = "aws"


def find_bucket(name: str) -> FakeBucket | None:
    """Return the bucket of a name, of any account and region; None without one."""
    try:
        return s3_backends[ACCOUNT][_PARTITION].get_bucket(name)
    except S3ClientError:
        return None


def find_tags(key: FakeKey) -> dict[str, str]:
    """Return the tags of an object."""
    return _find_backend(key).tagger.get_tag_dict_for_resource(key.arn)


def add_object(bucket: FakeBucket, stored: StoredKey, tags: Mapping[str, str]) -> None:
    """Put an object into a bucket."""
    bucket.keys.setlist(stored.name, [stored])
    if tags:
        pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
        _find_backend(stored).tagger.tag_resource(stored.arn, pairs)


def replace_object(
    bucket: FakeBucket, versions: list[Any], key: FakeKey, stored: StoredKey
) -> None:
    """Put `stored` where `key` is among the versions of an object, unless they have changed."""
    key.disposed = True  # moto warns of an object that ends otherwise
    for place, version in enumerate(versions):
        if version is key:
            versions[place] = stored
    if bucket.keys.getlist(stored.name) is not versions:
        stored.dispose()


def _find_backend(key: FakeKey) -> S3Backend:
    return s3_backends[key.account_id][key.partition]
