"""EndpointConfig, Endpoint and Lineage steps: a trained model serves, and lineage says so."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.definition import parse_definition
from tests.clients.account import ROLE, Account
from tests.local_test.service.resources.pipelines.test_pipelines import (
    containers,
    ended,
    start,
    steps,
    training,
)
from tests.local_test.service.resources.test_endpoints import container, model

EXECUTION = {"Get": "Execution.PipelineExecutionId"}
VARIANT = {
    "VariantName": "all",
    "ModelName": {"Get": "Steps.Create.ModelName"},
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
LINEAGE: dict[str, Any] = {
    "Actions": [
        {
            "ActionName": EXECUTION,
            "ActionType": "Deployment",
            "Source": {"SourceUri": {"Get": "Steps.Deploy.EndpointArn"}},
        }
    ],
    "Contexts": [
        {
            "ContextName": EXECUTION,
            "ContextType": "PipelineExecution",
            "Source": {"SourceUri": {"Get": "Execution.PipelineExecutionArn"}},
        }
    ],
    "Associations": [
        {
            "Source": {"Name": EXECUTION, "Type": "Action"},
            "Destination": {"Name": EXECUTION, "Type": "Context"},
            "AssociationType": "ContributedTo",
        }
    ],
}


def make_step(name: str, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments}


def test_a_pipeline_deploys_its_model_and_writes_lineage(account: Account) -> None:
    account.bucket("steps", **{"in/a.csv": "1"})
    created = {"ExecutionRoleArn": ROLE, "Containers": containers()}
    config = {"EndpointConfigName": "Deployed-1", "ProductionVariants": [VARIANT]}
    configured = {"Get": "Steps.Config.EndpointConfigName"}
    listed = [
        training(act="score", x="5"),
        make_step("Create", "Model", created),
        make_step("Config", "EndpointConfig", config),
        make_step("Deploy", "Endpoint", {"EndpointConfigName": configured}),
        make_step("Write", "Lineage", LINEAGE),
    ]
    arn = start(account, "deploys", {"Version": "2020-12-01", "Steps": listed})
    told = ended(account, arn)
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    found = steps(account, arn)
    endpoint = found["Deploy"]["Metadata"]["Endpoint"]["Arn"].rpartition("/")[2]
    described = account.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["EndpointConfigName"] == "Deployed-1"
    assert described["EndpointStatus"] == "InService"
    account.sagemaker.delete_endpoint(EndpointName=endpoint)
    written, name = found["Write"]["Metadata"]["Lineage"], arn.rpartition("/")[2]
    [association] = written["Associations"]
    assert association == {
        "SourceArn": written["ActionArns"][name],
        "DestinationArn": written["ContextArns"][name],
    }
    kept = account.sagemaker.list_associations(SourceArn=association["SourceArn"])
    assert [item["DestinationArn"] for item in kept["AssociationSummaries"]] == [
        association["DestinationArn"]
    ]
    action = account.sagemaker.describe_action(ActionName=name)
    assert action["Source"]["SourceUri"] == described["EndpointArn"]


def test_unknown_lineage_is_refused() -> None:
    listed = [make_step("Write", "Lineage", {"Trials": []})]
    with pytest.raises(ApiError, match="unknown argument Trials: step Write"):
        parse_definition(json.dumps({"Steps": listed}))


def run_again(account: Account, name: str, number: str) -> dict[str, dict[str, Any]]:
    """Run a pipeline once more with a value of its parameter N, and return its steps."""
    arn = account.sagemaker.start_pipeline_execution(
        PipelineName=name, PipelineParameters=[{"Name": "N", "Value": number}]
    )["PipelineExecutionArn"]
    told = ended(account, arn)
    assert told["PipelineExecutionStatus"] == "Succeeded", told.get("FailureReason")
    return steps(account, arn)


def test_an_endpoint_and_a_component_that_exist_are_updated_and_cached(account: Account) -> None:
    account.bucket("standins")
    model(account, "hosted", container(account, "hosted", tag="one"))
    number = {"Get": "Parameters.N"}
    needed = {"NumberOfCpuCoresRequired": 1.0, "MinMemoryRequiredInMb": number}
    part = {"ModelName": "hosted", "ComputeResourceRequirements": needed}
    plain = {"VariantName": "All", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    config = {
        "EndpointConfigName": {"Std:Join": {"On": "-", "Values": ["hosted", number]}},
        "ProductionVariants": [plain],
        "ExecutionRoleArn": ROLE,
    }
    served = {
        "EndpointName": "hosted",
        "EndpointConfigName": {"Get": "Steps.Config.EndpointConfigName"},
    }
    component = {
        "InferenceComponentName": "hosted-part",
        "EndpointName": {"Get": "Steps.Deploy.EndpointName"},
        "VariantName": "All",
        "Specification": part,
        "RuntimeConfig": {"CopyCount": 1},
    }
    cached = {"CacheConfig": {"Enabled": True}}
    definition = {
        "Parameters": [{"Name": "N", "Type": "Integer"}],
        "Steps": [
            make_step("Config", "EndpointConfig", config) | cached,
            make_step("Deploy", "Endpoint", served) | cached,
            make_step("Place", "InferenceComponent", component),
        ],
    }
    arn = start(account, "hosts", definition, N="1024")
    assert ended(account, arn)["PipelineExecutionStatus"] == "Succeeded", steps(account, arn)
    run_again(account, "hosts", "1025")
    described = account.sagemaker.describe_endpoint(EndpointName="hosted")
    assert described["EndpointConfigName"] == "hosted-1025"
    placed = account.sagemaker.describe_inference_component(InferenceComponentName="hosted-part")
    kept = placed["Specification"]["ComputeResourceRequirements"]
    assert kept["MinMemoryRequiredInMb"] == 1025
    third = run_again(account, "hosts", "1025")
    assert [name for name, step in third.items() if "CacheHitResult" in step] == [
        *("Config", "Deploy")
    ]
    account.sagemaker.delete_inference_component(InferenceComponentName="hosted-part")
    deadline = time.monotonic() + 60
    while account.sagemaker.list_inference_components(NameContains="hosted-part")[
        "InferenceComponents"
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    account.sagemaker.delete_endpoint(EndpointName="hosted")
