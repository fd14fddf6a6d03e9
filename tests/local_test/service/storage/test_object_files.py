"""Bodies of S3 objects are files: replaced, read in parts, in versions, and after a restart."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey, FakeMultipart, get_canned_acl
from requests.structures import CaseInsensitiveDict

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.gateway.instance_tracking import stop_tracking
from local_test.service.gateway.object_tags import ObjectTags
from local_test.service.storage.state.object_files import write_object
from local_test.service.storage.state.stored_key import BodyFiles
from tests.clients.account import Account, run_service
from tests.local_test.service.resources.test_training import wait_for

BUCKET = "bodies"
PART = 5 << 20


def read(account: Account, key: str, **more: Any) -> bytes:
    content: bytes = account.s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()
    return content


def upload_parts(account: Account, key: str) -> None:
    place = {"Bucket": BUCKET, "Key": key}
    upload = place | {"UploadId": account.s3.create_multipart_upload(**place)["UploadId"]}
    parts = [
        {"PartNumber": number, "ETag": account.s3.upload_part(PartNumber=number, **body)["ETag"]}
        for number, body in (
            (1, upload | {"Body": b"1" * PART}),
            (2, upload | {"Body": b"2" * 10}),
        )
    ]
    account.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)


def list_files(state: Path) -> list[str]:
    return sorted(path.name for path in (state / "s3" / BUCKET).iterdir())


def test_an_object_is_the_same_after_a_restart_and_an_old_body_is_removed(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as first:
        first.bucket(BUCKET)
        first.s3.put_object(
            Bucket=BUCKET, Key="a", Body=b"old", Metadata={"n": "1"}, ChecksumAlgorithm="SHA256"
        )
        once = list_files(tmp_path)
        first.s3.put_object(
            Bucket=BUCKET, Key="a", Body=b"newer", Metadata={"n": "2"}, ChecksumAlgorithm="SHA256"
        )
        assert read(first, "a") == b"newer"
        wait_for(lambda: len(list_files(tmp_path)) == len(once))
        assert list_files(tmp_path) != once
        upload_parts(first, "parts")
        part = first.s3.head_object(Bucket=BUCKET, Key="parts", PartNumber=2)
        assert part["ContentLength"] == 10
        assert read(first, "parts", Range=f"bytes={PART - 1}-{PART}") == b"12"
        ask = partial(first.s3.head_object, Bucket=BUCKET, ChecksumMode="ENABLED")
        before = [ask(Key="a"), ask(Key="parts")]
    left = tmp_path / "s3" / BUCKET / f"{'0' * 64}.{'0' * 8}"
    left.write_bytes(b"of a killed service")
    with run_service("process", tmp_path) as second:
        ask = partial(second.s3.head_object, Bucket=BUCKET, ChecksumMode="ENABLED")
        after = [ask(Key="a"), ask(Key="parts")]
        for found in (*before, *after):
            del found["ResponseMetadata"]
        assert after == before
        assert after[0]["ChecksumSHA256"]
        assert read(second, "a") == b"newer"
        assert len(read(second, "parts")) == PART + 10
        assert not left.exists()


def test_an_object_without_its_body_has_its_parts_and_is_small(tmp_path: Path) -> None:
    stop_tracking()
    upload = FakeMultipart("k", CaseInsensitiveDict(), ACCOUNT, "aws")
    for number, body in ((1, b"1" * 7), (3, b"22")):
        upload.set_part(number, body)
    key = FakeKey("k", b"1" * 7 + b"22", ACCOUNT, "aws", version_id="null", multipart=upload)
    key.set_metadata({"x-amz-meta-a": "b"})
    files = BodyFiles(tmp_path)
    stored = write_object(files, key, {})
    assert stored.multipart is not None
    assert [part.value for part in stored.multipart.parts.values()] == [b"1" * 7, b"22"]
    assert (stored.value, stored.etag, stored.size) == (key.value, key.etag, 9)
    assert stored.response_dict == key.response_dict
    assert dict(stored.metadata) == dict(key.metadata)
    assert set(vars(stored)) == {"multipart"}
    key.disposed = True
    stored.dispose()
    path = stored.path
    del stored
    assert files.released == [path]


def test_what_objects_have_in_common_is_kept_once(tmp_path: Path) -> None:
    stop_tracking()
    keys = [FakeKey(name, b"1", ACCOUNT, "aws", version_id="null") for name in "abc"]
    keys[2].set_acl(get_canned_acl("public-read"))
    for number, key in enumerate(keys):
        key.set_metadata({"x-amz-meta-a": "b", "x-amz-content-sha256": str(number)})
    a, b, c = (write_object(BodyFiles(tmp_path), key, {}) for key in keys)
    assert [vars(stored) for stored in (a, b, c)] == [{}, {}, {}]
    assert a.acl is b.acl
    assert a.metadata is b.metadata
    assert "x-amz-content-sha256" not in a.response_dict
    assert a.metadata["x-amz-meta-a"] == "b"
    for stored, key in ((a, keys[0]), (c, keys[2])):
        assert stored.acl is not None
        assert key.acl is not None
        assert repr(stored.acl.grants) == repr(key.acl.grants)
        assert stored.acl.public_read == (key is keys[2])
    for key in keys:
        key.dispose()


def test_an_object_without_tags_has_no_table_of_tags() -> None:
    tags = ObjectTags()
    tags.tag_resource("a", [])
    assert tags.tags == {}
    tags.tag_resource("a", [{"Key": "k", "Value": "v"}])
    assert tags.get_tag_dict_for_resource("a") == {"k": "v"}


def test_versions_keep_their_bodies_and_a_copy_has_its_own(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as account:
        account.bucket(BUCKET, plain="0")
        account.s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/plain")
        account.s3.delete_object(Bucket=BUCKET, Key="plain")
        assert read(account, "copy") == b"0"
        account.s3.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        versions = [
            account.s3.put_object(Bucket=BUCKET, Key="v", Body=body)["VersionId"]
            for body in (b"1", b"2", b"3")
        ]
        account.s3.delete_object(Bucket=BUCKET, Key="v")
        read_all = [read(account, "v", VersionId=version) for version in versions]
        assert read_all == [b"1", b"2", b"3"]
        assert sorted(account.keys(f"s3://{BUCKET}/")) == ["copy"]


def test_objects_of_version_0_1_0_are_read(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as first:
        first.bucket(BUCKET, a="body")
    [path] = [path for path in (tmp_path / "s3" / BUCKET).glob("*.json") if path.stem != "bucket"]
    described = json.loads(path.read_text())
    path.with_suffix(f".{described['body']}").rename(path.with_suffix(""))
    headers = {"ContentType": "text/x", "Metadata": {"b": "c"}, "Tagging": "d=e&f=g%20h"}
    headers |= {"StorageClass": "STANDARD_IA"}
    version = f'"{described["etag"]}" 2026-01-02T03:04:05+00:00 4'
    path.write_text(json.dumps({"key": "a", "version": version, "headers": headers}))
    with run_service("process", tmp_path) as second:
        found = second.s3.get_object(Bucket=BUCKET, Key="a")
        assert found["Body"].read() == b"body"
        assert found["LastModified"].isoformat() == "2026-01-02T03:04:05+00:00"
        assert (found["ContentType"], found["Metadata"]) == ("text/x", {"b": "c"})
        assert found["StorageClass"] == "STANDARD_IA"
        tags = second.s3.get_object_tagging(Bucket=BUCKET, Key="a")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"d": "e", "f": "g h"}
