"""EndpointConfig, Endpoint and Lineage steps: a trained model serves, and lineage says so."""

from __future__ import annotations

import json
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
    model = {"ExecutionRoleArn": ROLE, "Containers": containers()}
    config = {"EndpointConfigName": "Deployed-1", "ProductionVariants": [VARIANT]}
    configured = {"Get": "Steps.Config.EndpointConfigName"}
    listed = [
        training(act="score", x="5"),
        make_step("Create", "Model", model),
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
