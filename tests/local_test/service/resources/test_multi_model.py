"""Multi-model endpoints through the AWS API: archives of an S3 prefix, loaded when asked for."""

from __future__ import annotations

import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account
from tests.local_test.service.resources.test_endpoints import (
    STANDIN,
    archive,
    ask,
    config,
    container,
    endpoint,
    model,
)
from tests.local_test.service.resources.test_training import wait_for
from tests.local_test.service.resources.test_transform import begin
from tests.local_test.service.test_console import text, token


@pytest.fixture(scope="module")
def many(account: Account) -> Account:
    """The service with an endpoint whose container has room for two models."""
    objects = {f"many/{name}.tar.gz": archive(tag=name) for name in ("a", "deep/b", "c")}
    account.bucket("standins")
    for key, content in objects.items():
        account.put(f"s3://standins/{key}", content)
    shelf = {"Image": STANDIN, "Mode": "MultiModel", "ModelDataUrl": "s3://standins/many/"}
    model(account, "many", shelf | {"Environment": {"ROOM": "2"}})
    config(account, "many", many=1)
    told = endpoint(account, "many")
    assert told["EndpointStatus"] == "InService", told
    return account


def loads(account: Account) -> list[str]:
    lines = account.lines("/aws/sagemaker/Endpoints/many", "many/")
    return [line.split()[0] for line in lines if line.startswith(("load", "unload"))]


def test_models_are_loaded_from_s3_when_they_are_asked_for(many: Account) -> None:
    assert ask(many, "many", "1\n", TargetModel="a.tar.gz")["Body"] == "a(1)\n"
    assert ask(many, "many", "2\n", TargetModel="/deep/b.tar.gz")["Body"] == "deep/b(2)\n"
    assert ask(many, "many", "3\n", TargetModel="a.tar.gz")["Body"] == "a(3)\n"
    many.put("s3://standins/many/late.tar.gz", archive(tag="late"))
    assert ask(many, "many", "4\n", TargetModel="late.tar.gz")["Body"] == "late(4)\n"
    many.put("s3://standins/many/a.tar.gz", archive(tag="another"))
    assert ask(many, "many", "5\n", TargetModel="a.tar.gz")["Body"] == "a(5)\n"
    wait_for(lambda: loads(many) == ["load", "load", "unload", "load"])


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ({"TargetModel": "nothing.tar.gz"}, "put the archive into s3://standins/many/"),
        ({"TargetModel": "../batch.tar.gz"}, "name an archive"),
        ({}, "target model '' is refused"),
    ],
)
def test_a_target_that_is_not_there_is_named(
    many: Account, target: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        ask(many, "many", **target)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_the_console_asks_one_of_the_models(many: Account) -> None:
    form = {"body": "7", "content_type": "text/csv", "accept": "text/csv", "target": "c.tar.gz"}
    page = f"/console/endpoint/{REGION}/many"
    data = urllib.parse.urlencode(form | {"token": token(many, page)}).encode()
    with urllib.request.urlopen(many.url + page, data) as answer:
        assert "c(7)" in text(answer.read().decode())


def test_a_shelf_needs_a_place_and_stands_alone(many: Account) -> None:
    with pytest.raises(ClientError, match="needs a ModelDataUrl"):
        model(many, "placeless", {"Image": STANDIN, "Mode": "MultiModel"})
    shelf = {"Image": STANDIN, "Mode": "MultiModel", "ModelDataUrl": "s3://standins/many/"}
    row = [shelf, container(many, "row", tag="row")]
    with pytest.raises(ClientError, match="stands in a pipeline"):
        many.sagemaker.create_model(ModelName="row", ExecutionRoleArn=ROLE, Containers=row)
    with pytest.raises(ClientError, match="a transform has one"):
        begin(many, "many", "s3://standins/many", model="many")
