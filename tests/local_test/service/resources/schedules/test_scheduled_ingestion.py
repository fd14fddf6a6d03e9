"""A schedule starts a pipeline that makes features of features, on the service's clock."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.clients.account import (
    PATIENCE_SECONDS,
    ROLE,
    Account,
    name_image,
    run_service,
    wait_until_settled,
)
from tests.local_test.service.resources.event_rules.test_event_rules import wait_for_executions
from tests.local_test.service.resources.feature_groups.feature_service import define
from tests.local_test.service.resources.schedules.test_schedules import advance, schedule
from tests.local_test.service.resources.test_processing import CODE, given

BUCKET = "ingested"
ROWS = "/opt/ml/processing/rows"
PROGRAM = f"""
import gzip, json, os, boto3
store = boto3.client("sagemaker-featurestore-runtime")
for name in os.listdir("{ROWS}"):
    with gzip.open(os.path.join("{ROWS}", name), "rt") as file:
        for row in map(json.loads, file):
            values = {{**row, "moment": os.environ["MOMENT"]}}
            record = [{{"FeatureName": key, "ValueAsString": str(value)}}
                      for key, value in values.items()]
            store.put_record(FeatureGroupName="totals", Record=record)
"""


def create_group(account: Account, name: str, schema: dict[str, str]) -> str:
    """Create a group with both stores; return the name of its table."""
    account.sagemaker.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="customer",
        EventTimeFeatureName="moment",
        FeatureDefinitions=define(schema),
        RoleArn=ROLE,
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/offline"}},
    )
    found = wait_until_settled(
        lambda: account.sagemaker.describe_feature_group(FeatureGroupName=name),
        "FeatureGroupStatus",
    )
    return str(found["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"])


def describe_pipeline(code: str, table: str) -> str:
    """A pipeline whose job reads the sums of a group by a query, and puts them into another."""
    query = {
        "Catalog": "AwsDataCatalog",
        "Database": "sagemaker_featurestore",
        "QueryString": f"SELECT customer, sum(amount) AS total FROM {table} GROUP BY customer",  # noqa: S608
        "OutputS3Uri": f"s3://{BUCKET}/queries",
        "OutputFormat": "JSON",
    }
    dataset = {"AthenaDatasetDefinition": query, "LocalPath": ROWS}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    arguments = {
        "ProcessingInputs": [
            given("code", code, CODE),
            {"InputName": "rows", "DatasetDefinition": dataset},
        ],
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {
            "ImageUri": name_image("standin"),
            "ContainerEntrypoint": [sys.executable, f"{CODE}/program.py"],
        },
        "Environment": {"MOMENT": {"Get": "Parameters.Moment"}},
        "RoleArn": ROLE,
    }
    step = {"Name": "Ingest", "Type": "Processing", "Arguments": arguments}
    parameter = {"Name": "Moment", "Type": "String"}
    return json.dumps({"Version": "2020-12-01", "Parameters": [parameter], "Steps": [step]})


def wait_for_end(account: Account, arn: str) -> dict[str, Any]:
    """Describe an execution of a pipeline until it has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] != "Executing":
            return dict(found)
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_features_are_ingested_by_a_schedule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with run_service("process", tmp_path / "state") as account:
        account.bucket(BUCKET)
        code = account.put(f"s3://{BUCKET}/code/program.py", PROGRAM).rpartition("/")[0]
        schema = {"customer": "String", "moment": "String", "amount": "Integral"}
        table = create_group(account, "visits", schema)
        create_group(account, "totals", schema | {"total": "Integral"})
        store = account.client("sagemaker-featurestore-runtime")
        for minute, amount in enumerate((3, 4)):
            values = {"customer": "a", "moment": f"2024-01-01T00:0{minute}:00Z", "amount": amount}
            record = [{"FeatureName": key, "ValueAsString": str(values[key])} for key in values]
            store.put_record(FeatureGroupName="visits", Record=record)
        created = account.sagemaker.create_pipeline(
            PipelineName="ingestion",
            PipelineDefinition=describe_pipeline(code, table),
            ClientRequestToken="i" * 32,
            RoleArn=ROLE,
        )
        moment = {"Name": "Moment", "Value": "<aws.scheduler.scheduled-time>"}
        target: dict[str, Any] = {
            "Arn": created["PipelineArn"],
            "SageMakerPipelineParameters": {"PipelineParameterList": [moment]},
        }
        schedule(account, "ingestion", "cron(0 3 * * ? *)", target)
        assert advance(account, "24h", capsys)["firings"] == 1
        (execution,) = wait_for_executions(account, "ingestion", 1)
        done = wait_for_end(account, execution["PipelineExecutionArn"])
        assert done["PipelineExecutionStatus"] == "Succeeded", done.get("FailureReason")
        due = execution["PipelineParameters"][0]["Value"]
        found = store.get_record(FeatureGroupName="totals", RecordIdentifierValueAsString="a")
        values = {one["FeatureName"]: one["ValueAsString"] for one in found["Record"]}
        assert values == {"customer": "a", "moment": due, "total": "7"}
        assert due.endswith("T03:00:00Z")
