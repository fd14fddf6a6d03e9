"""Hosting through the AWS API, with stand-in containers that misbehave when told to."""

from __future__ import annotations

import io
import json
import re
import socket
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled

STANDIN = name_image("standin")


def archive(recipe: Any = None, **behaviour: Any) -> bytes:
    """Give a model.tar.gz that holds a stand-in's behaviour, and a recipe if there is one."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, value in {"behaviour": behaviour, "recipe": recipe}.items():
            if value is not None:
                content = json.dumps(value).encode()
                member = tarfile.TarInfo(f"{name}.json")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def container(account: Account, name: str, **behaviour: Any) -> dict[str, Any]:
    uri = account.put(f"s3://standins/{name}.tar.gz", archive(**behaviour))
    return {"Image": STANDIN, "ModelDataUrl": uri}


@pytest.fixture(scope="module")
def hosting(account: Account) -> Account:
    """The service, with a bucket for models."""
    account.bucket("standins")
    return account


def model(account: Account, name: str, *containers: dict[str, Any]) -> None:
    one: dict[str, Any] = {"PrimaryContainer": containers[0]}
    given = one if len(containers) == 1 else {"Containers": list(containers)}
    account.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **given)


def config(account: Account, name: str, **weights: float) -> None:
    """Make a configuration with a variant for each model, named as the model is."""
    variants = [
        {
            "VariantName": chosen,
            "ModelName": chosen,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "InitialVariantWeight": weight,
        }
        for chosen, weight in weights.items()
    ]
    account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)


def endpoint(account: Account, name: str, chosen: str = "") -> dict[str, Any]:
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=chosen or name)
    return stands(account, name)


def stands(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName=name), "EndpointStatus"
    )


def ask(account: Account, name: str, body: str = "x\n", **more: str) -> dict[str, Any]:
    runtime = account.client("sagemaker-runtime")
    more = {"ContentType": "text/csv"} | more
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body.encode(), **more)
    return dict(answer) | {"Body": answer["Body"].read().decode()}


def test_a_pipeline_serves_and_is_deleted(hosting: Account) -> None:
    containers = [container(hosting, f"chain-{tag}", tag=tag) for tag in "ab"]
    containers[1]["Environment"] = {"COLOUR": "green"}
    model(hosting, "chain", *containers)
    config(hosting, "chain", chain=1)
    told = endpoint(hosting, "chain")
    assert told["EndpointStatus"] == "InService", told
    assert [item["SpecifiedImage"] for item in told["ProductionVariants"][0]["DeployedImages"]] == [
        STANDIN,
        STANDIN,
    ]
    answer = ask(hosting, "chain", "1\n2\n", CustomAttributes="trace-7", Accept="text/csv")
    assert answer["Body"] == "b(a(1))\nb(a(2))\n"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "chain"
    group = "/aws/sagemaker/Endpoints/chain"
    streams = hosting.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    names = [re.sub("i-[0-9a-f]+", "i-0", item["logStreamName"]) for item in streams]
    assert sorted(names) == ["chain/i-0/container-1", "chain/i-0/container-2"]
    assert "colour green" in hosting.lines(group, "chain/")
    hosting.sagemaker.delete_endpoint(EndpointName="chain")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        stands(hosting, "chain")
    with pytest.raises(ClientError, match="not found") as gone:
        ask(hosting, "chain")
    assert gone.value.response["Error"]["Code"] == "ValidationError"


def test_a_model_may_lie_unpacked_below_a_prefix(hosting: Account) -> None:
    hosting.put("s3://standins/plain/behaviour.json", json.dumps({"tag": "plain"}))
    hosting.put("s3://standins/plain/deep/other.txt", "other")
    hosting.put("s3://standins/packed.tar.gz", archive(tag="packed"))
    for name, uri, kind, packing in (
        ("plain", "s3://standins/plain/", "S3Prefix", "None"),
        ("file", "s3://standins/plain/behaviour.json", "S3Object", "None"),
        ("packed", "s3://standins/packed.tar.gz", "S3Object", "Gzip"),
    ):
        source = {"S3Uri": uri, "S3DataType": kind, "CompressionType": packing}
        model(hosting, name, {"Image": STANDIN, "ModelDataSource": {"S3DataSource": source}})
    config(hosting, "unpacked", plain=1, file=1, packed=1)
    told = endpoint(hosting, "unpacked")
    assert told["EndpointStatus"] == "InService", told
    for name, tag in (("plain", "plain"), ("file", "plain"), ("packed", "packed")):
        assert ask(hosting, "unpacked", "1\n", TargetVariant=name)["Body"] == f"{tag}(1)\n"
    source = {"S3Uri": "s3://standins/plain", "S3DataType": "S3Prefix", "CompressionType": "None"}
    with pytest.raises(ClientError, match="ends with / and has"):
        model(hosting, "no", {"Image": STANDIN, "ModelDataSource": {"S3DataSource": source}})


def test_a_client_chooses_the_container_it_asks(hosting: Account) -> None:
    given = [
        container(hosting, f"direct-{tag}", tag=tag) | {"ContainerHostname": f"host-{tag}"}
        for tag in "mn"
    ]
    direct = {"InferenceExecutionConfig": {"Mode": "Direct"}}
    told = {"ModelName": "direct", "ExecutionRoleArn": ROLE} | direct
    with pytest.raises(ClientError, match="each with a ContainerHostname"):
        hosting.sagemaker.create_model(Containers=[given[0], {"Image": STANDIN}], **told)
    with pytest.raises(ClientError, match="host-m is given more than once"):
        hosting.sagemaker.create_model(Containers=[given[0]] * 2, **told)
    hosting.sagemaker.create_model(Containers=given, **told)
    config(hosting, "direct", direct=1)
    endpoint(hosting, "direct")
    for tag in "nm":
        answer = ask(hosting, "direct", "1\n", TargetContainerHostname=f"host-{tag}")
        assert answer["Body"] == f"{tag}(1)\n"
    for more, sentence in (({}, "needs"), ({"TargetContainerHostname": "x"}, "no container x")):
        with pytest.raises(ClientError, match=sentence) as refused:
            ask(hosting, "direct", **more)
        assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_registered_package_is_deployed_with_its_containers(hosting: Account) -> None:
    hosting.sagemaker.create_model_package_group(ModelPackageGroupName="chains")
    containers = [container(hosting, f"package-{tag}", tag=tag) for tag in "cd"]
    made = hosting.sagemaker.create_model_package(
        ModelPackageGroupName="chains",
        InferenceSpecification={
            "Containers": containers,
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    arn = made["ModelPackageArn"]
    with pytest.raises(ClientError, match="the approval status PendingManualApproval"):
        model(hosting, "packaged", {"ModelPackageName": arn})
    hosting.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        AdditionalInferenceSpecificationsToAdd=[{"Name": "short", "Containers": containers[:1]}],
    )
    chosen = {"ModelPackageName": arn, "InferenceSpecificationName": "short"}
    model(hosting, "packaged-short", chosen)
    with pytest.raises(ClientError, match="no inference specification long"):
        model(hosting, "packaged-long", chosen | {"InferenceSpecificationName": "long"})
    model(hosting, "packaged", {"ModelPackageName": arn})
    config(hosting, "packaged", packaged=1)
    told = endpoint(hosting, "packaged")
    assert told["EndpointStatus"] == "InService", told
    assert len(told["ProductionVariants"][0]["DeployedImages"]) == 2
    assert ask(hosting, "packaged")["Body"] == "d(c(x))\n"
    with pytest.raises(ClientError, match="no model package"):
        model(hosting, "unpackaged", {"ModelPackageName": "nothing"})


def test_a_containers_error_is_a_model_error(hosting: Account) -> None:
    model(hosting, "picky", container(hosting, "picky", refuses="bad"))
    config(hosting, "picky", picky=1)
    endpoint(hosting, "picky")
    with pytest.raises(ClientError) as refused:
        ask(hosting, "picky", "bad\n")
    told = refused.value.response
    assert told["Error"]["Code"] == "ModelError"
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (told["OriginalStatusCode"], told["OriginalMessage"]) == (415, "no ")
    assert told["LogStreamArn"] == (
        f"arn:aws:logs:{REGION}:123456789012:log-group:/aws/sagemaker/Endpoints/picky"
    )


def test_variants_share_the_requests_by_weight(hosting: Account) -> None:
    for tag in ("left", "right"):
        model(hosting, tag, container(hosting, tag, tag=tag))
    config(hosting, "shares", left=0, right=1)
    endpoint(hosting, "shares")
    assert {ask(hosting, "shares")["Body"] for _ in range(10)} == {"right(x)\n"}
    assert ask(hosting, "shares", TargetVariant="left")["Body"] == "left(x)\n"
    hosting.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="shares",
        DesiredWeightsAndCapacities=[
            {"VariantName": "left", "DesiredWeight": 1, "DesiredInstanceCount": 1},
            {"VariantName": "right", "DesiredWeight": 0},
        ],
    )
    assert {ask(hosting, "shares")["Body"] for _ in range(10)} == {"left(x)\n"}
    weights = [item["CurrentWeight"] for item in stands(hosting, "shares")["ProductionVariants"]]
    assert weights == [1.0, 0.0]


def test_an_update_takes_over_and_a_failed_one_changes_nothing(hosting: Account) -> None:
    model(hosting, "old", container(hosting, "old", tag="old"))
    model(hosting, "new", container(hosting, "new", tag="new"))
    model(hosting, "broken", container(hosting, "broken", broken=True))
    for name in ("old", "new", "broken"):
        config(hosting, name, **{name: 1})
    endpoint(hosting, "moving", "old")
    hosting.sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="new")
    with pytest.raises(ClientError, match="in-progress endpoint"):
        hosting.sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="old")
    assert ask(hosting, "moving")["Body"] in {"old(x)\n", "new(x)\n"}  # served all the time
    assert stands(hosting, "moving")["EndpointConfigName"] == "new"
    assert ask(hosting, "moving")["Body"] == "new(x)\n"
    hosting.sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="broken")
    told = stands(hosting, "moving")
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "new")
    assert "the model cannot be loaded" in told["FailureReason"]
    assert ask(hosting, "moving")["Body"] == "new(x)\n"
    failed = endpoint(hosting, "stillborn", "broken")
    assert failed["EndpointStatus"] == "Failed"
    assert "the model cannot be loaded" in failed["FailureReason"]
    dead = "has failed and can only be deleted"
    with pytest.raises(ClientError, match=dead):
        hosting.sagemaker.update_endpoint(EndpointName="stillborn", EndpointConfigName="old")
    with pytest.raises(ClientError, match=dead):
        hosting.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="stillborn",
            DesiredWeightsAndCapacities=[{"VariantName": "old", "DesiredWeight": 1}],
        )


def test_a_container_that_dies_is_replaced(hosting: Account) -> None:
    model(hosting, "mortal", container(hosting, "mortal", dies=True))
    config(hosting, "mortal", mortal=1)
    endpoint(hosting, "mortal")
    streams = "/aws/sagemaker/Endpoints/mortal"
    with pytest.raises(ClientError, match="did not answer"):
        ask(hosting, "mortal")
    deadline = time.monotonic() + 60
    while (started := hosting.lines(streams, "mortal/").count("colour None")) < 2:
        assert time.monotonic() < deadline, started
        time.sleep(0.2)


def test_endpoints_answer_side_by_side(hosting: Account) -> None:
    names = ["one", "two", "three"]
    for name in names:
        model(hosting, name, container(hosting, name, tag=name, delay=0.2))
        config(hosting, name, **{name: 1})
        hosting.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert [stands(hosting, name)["EndpointStatus"] for name in names] == ["InService"] * 3
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda name: ask(hosting, name)["Body"], names * 8))
    assert answers == [f"{name}(x)\n" for name in names * 8]


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"PrimaryContainer": {"Image": name_image("nothing")}}, "tandem-nothing"),
        ({"Containers": [{"Image": STANDIN}] * 16}, "length less than or equal to 15"),
        (
            {"PrimaryContainer": {"Image": STANDIN, "ModelDataUrl": "s3://standins/none.tar.gz"}},
            "s3://standins/none.tar.gz",
        ),
        ({}, "either a PrimaryContainer or Containers"),
    ],
)
def test_a_model_that_cannot_serve_is_refused(
    hosting: Account, request_: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        hosting.sagemaker.create_model(ModelName="no", ExecutionRoleArn=ROLE, **request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_what_is_missing_is_named(hosting: Account) -> None:
    with pytest.raises(ClientError, match="Could not find model") as missing:
        config(hosting, "empty", nobody=1)
    assert missing.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        endpoint(hosting, "empty")
    model(hosting, "named", {"Image": STANDIN})
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        model(hosting, "named", {"Image": STANDIN})


def test_lists_are_filtered_sorted_and_given_in_pages(hosting: Account) -> None:
    for name in ("list-c", "list-a", "list-b"):
        model(hosting, name, {"Image": STANDIN})

    def listed(**more: Any) -> list[str]:
        found = hosting.sagemaker.list_models(NameContains="LIST-", **more)["Models"]
        return [item["ModelName"] for item in found]

    assert listed() == ["list-b", "list-a", "list-c"]
    assert listed(SortBy="Name", SortOrder="Ascending") == ["list-a", "list-b", "list-c"]
    middle = hosting.sagemaker.describe_model(ModelName="list-a")["CreationTime"]
    assert listed(CreationTimeAfter=middle) == ["list-b"]
    assert listed(CreationTimeBefore=middle) == ["list-c"]
    pages = hosting.sagemaker.get_paginator("list_models")
    pages = pages.paginate(NameContains="list-", PaginationConfig={"PageSize": 2})
    counts = [[item["ModelName"] for item in page["Models"]] for page in pages]
    assert counts == [["list-b", "list-a"], ["list-c"]]


def test_tags_are_kept_with_the_thing(hosting: Account) -> None:
    made = hosting.sagemaker.create_model(
        ModelName="tagged",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": STANDIN},
        Tags=[{"Key": "team", "Value": "a"}, {"Key": "cost", "Value": "1"}],
    )
    arn = made["ModelArn"]
    hosting.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}])
    hosting.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["cost"])
    assert hosting.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    group = hosting.sagemaker.create_model_package_group(
        ModelPackageGroupName="prices", Tags=[{"Key": "owner", "Value": "registry"}]
    )
    kept = hosting.sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    assert kept == [{"Key": "owner", "Value": "registry"}]


def test_a_deleted_endpoints_containers_are_gone(hosting: Account) -> None:
    model(hosting, "brief", container(hosting, "brief", tag="brief"))
    config(hosting, "brief", brief=1)
    endpoint(hosting, "brief")
    lines = hosting.lines("/aws/sagemaker/Endpoints/brief", "brief/")
    told = next(line for line in lines if line.startswith("listening on"))
    address = ("127.0.0.1", int(told.split()[2].strip(",")))
    socket.create_connection(address).close()
    hosting.sagemaker.delete_endpoint(EndpointName="brief")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        stands(hosting, "brief")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address).close()


def test_invocations_are_counted_by_variant_in_cloudwatch(hosting: Account) -> None:
    model(hosting, "counted-a", container(hosting, "counted-a"))
    model(hosting, "counted-b", container(hosting, "counted-b", flaky=9))
    config(hosting, "counted", **{"counted-a": 1, "counted-b": 0})
    assert endpoint(hosting, "counted")["EndpointStatus"] == "InService"
    started = time.time()
    for _ in range(3):
        ask(hosting, "counted", TargetVariant="counted-a")
    with pytest.raises(ClientError, match="Received server error"):
        ask(hosting, "counted", TargetVariant="counted-b")
    elapsed = time.time() - started

    def total(variant: str, metric: str, statistic: str = "Sum") -> float:
        found = hosting.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": "counted"},
                {"Name": "VariantName", "Value": variant},
            ],
            StartTime=started - 120,
            EndTime=started + 600,
            Period=60,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in found))

    deadline = time.monotonic() + 30
    while total("counted-b", "Invocations") < 1:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert total("counted-a", "Invocations") == 3
    assert [total("counted-a", f"Invocation{kind}Errors") for kind in ("4XX", "5XX")] == [0, 0]
    assert [total("counted-b", f"Invocation{kind}Errors") for kind in ("4XX", "5XX")] == [0, 1]
    assert total("counted-b", "InvocationModelErrors") == 1
    microseconds = total("counted-a", "ModelLatency") + total("counted-a", "OverheadLatency")
    assert 0 < microseconds < elapsed * 1_000_000
