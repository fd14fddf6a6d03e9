"""Tags of every resource: added, listed, removed, limited, and gone with their resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType, start_record
from local_test.service.backend import Backend
from local_test.service.resources import registry
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service

TAGGED = [resource for resource in registry.TYPES if resource.tagged]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("tags")) as opened:
        yield opened


def make_tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": f"value of {key}"} for key in keys]


def add_record(backend: Backend, resource: ResourceType, name: str, tags: Sequence[Any]) -> str:
    record = start_record(resource, REGION, {resource.name_field: name, "Tags": list(tags)}, 1.0)
    backend.records.add(resource, REGION, name, record)
    return str(record[resource.arn_field])


@pytest.mark.parametrize("resource", TAGGED, ids=lambda resource: resource.kind)
def test_tags_of_every_resource(service: tuple[Backend, Any], resource: ResourceType) -> None:
    backend, sagemaker = service
    arn = add_record(backend, resource, "every", make_tags("a"))
    added = sagemaker.add_tags(ResourceArn=arn, Tags=[*make_tags("b"), {"Key": "a", "Value": "2"}])
    expected = [{"Key": "a", "Value": "2"}, *make_tags("b")]
    assert added["Tags"] == expected
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == expected
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["b", "none"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == expected[:1]
    backend.records.remove(resource, REGION, "every")
    with pytest.raises(ClientError, match="Could not find a resource that has tags"):
        sagemaker.list_tags(ResourceArn=arn)
    assert add_record(backend, resource, "every", []) == arn
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        (make_tags("a", "b", "a"), "Duplicate tag key: 'a'. Give each key once."),
        (make_tags("aws:x"), "Reserved tag key: 'aws:x'."),
        (make_tags("AWS:x"), "Reserved tag key: 'AWS:x'."),
        ([{"Key": "a!", "Value": ""}], "Value 'a!' at 'tags.1.member.key' failed to satisfy"),
        ([{"Key": "a", "Value": "x\ny"}], "at 'tags.1.member.value' failed to satisfy"),
        ([{"Key": "a" * 129, "Value": ""}], "have length less than or equal to 128"),
        (make_tags(*map(str, range(51))), "have length less than or equal to 50"),
    ],
)
def test_tags_that_the_service_refuses(
    service: tuple[Backend, Any], tags: list[dict[str, str]], sentence: str
) -> None:
    backend, sagemaker = service
    name = f"refused-{abs(hash((sentence, len(tags))))}"
    arn = add_record(backend, TAGGED[0], name, [])
    for call, request in (
        (sagemaker.add_tags, {"ResourceArn": arn}),
        (sagemaker.create_endpoint, {"EndpointName": "e", "EndpointConfigName": "c"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(Tags=tags, **request)
        assert refused.value.response["Error"]["Code"] == "ValidationException"
        assert sentence in refused.value.response["Error"]["Message"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_tags_hold_letters_of_any_language(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    arn = add_record(backend, TAGGED[0], "letters", [])
    tags = [{"Key": "größe/Ünïcode 様.:=+-@_", "Value": "٣ Ⅷ\u00a0"}]
    sagemaker.add_tags(ResourceArn=arn, Tags=tags)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags


def test_a_resource_has_fifty_tags(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    arn = add_record(backend, TAGGED[0], "fifty", make_tags(*map(str, range(49))))
    with pytest.raises(ClientError, match=f"Too many tags: 51 on {arn}") as refused:
        sagemaker.add_tags(ResourceArn=arn, Tags=make_tags("x", "y"))
    assert refused.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    sagemaker.add_tags(ResourceArn=arn, Tags=make_tags("x", "0"))
    assert len(sagemaker.list_tags(ResourceArn=arn)["Tags"]) == 50


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sagemaker:{REGION}:123456789012:training-job/none",
        "arn:aws:sagemaker:us-east-1:123456789012:training-job/elsewhere",
        f"arn:aws:sagemaker:{REGION}:123456789012:async-invocation/untagged",
        f"arn:aws:sagemaker:{REGION}:123456789012:nothing",
    ],
)
def test_an_arn_without_a_resource_that_has_tags(service: tuple[Backend, Any], arn: str) -> None:
    backend, sagemaker = service
    for resource in registry.TYPES:
        if resource.kind in {"TrainingJob", "AsyncInvocation"} and arn.endswith("untagged"):
            add_record(backend, resource, "untagged", [])
    with pytest.raises(ClientError, match=f"Could not find a resource that has tags: {arn}"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[])
    with pytest.raises(ClientError, match="NextToken is none that this service gave"):
        sagemaker.list_tags(
            ResourceArn=add_record(backend, TAGGED[0], f"t{len(arn)}", []), NextToken="x"
        )
