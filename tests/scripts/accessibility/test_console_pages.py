"""Every page of the console in a browser: no serious finding of axe-core, and no page too wide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.resource_type import ResourceType, start_record
from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_schedules.alert import ALERT
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from scripts.accessibility.axe import find_severe
from tests.browsing import open_browser
from tests.clients.account import REGION, ROLE
from tests.local_test.service.in_process import URL, open_service
from tests.local_test.service.resources.experiment_pages.test_experiment_pages import fill, serve
from tests.local_test.service.resources.model_cards.test_model_cards import CONTENT
from tests.local_test.service.resources.pipelines.executions.quick_steps import (
    QuickService,
    open_quick_service,
    quick,
)
from tests.scripts.accessibility.axe_checks import prepare_axe, resize

REASON = "AlgorithmError: first words\n" + "second line\n" * 30
CANDIDATE = {
    "CandidateName": "shown-1",
    "CandidateStatus": "Completed",
    "CandidateSteps": [{"CandidateStepArn": f"arn:aws:sagemaker:{REGION}:1:training-job/shown"}],
    "CandidateProperties": {
        "CandidateMetrics": [{"Set": "Test", "StandardMetricName": "F1", "Value": 0.5}]
    },
}
VARIANT = {
    "VariantName": "main",
    "CurrentWeight": 1.0,
    "DesiredWeight": 1.0,
    "CurrentInstanceCount": 1,
    "DesiredInstanceCount": 1,
    "DeployedImages": [{"SpecifiedImage": "registry/image:1"}],
}
IMAGE = {"TrainingImage": "image", "TrainingInputMode": "File"}
STORE = "shown"
OBJECTIVE = {"MetricName": "loss", "Type": "Minimize"}


def write_records(service: QuickService) -> None:
    """Write a record of each kind that has a page; those of pipelines are created."""

    def add(resource: ResourceType, status: str, **fields: Any) -> None:
        record = {
            resource.name_field: "shown",
            resource.arn_field: resource.make_arn(REGION, "shown"),
            resource.status_field: status,
            "CreationTime": 1.0,
        }
        service.backend.records.add(resource, REGION, "shown", record | fields)

    step = {"Status": "Completed", "StartTime": 1.0, "StatusMessage": "done"}
    add(
        TRAINING_JOB,
        "InProgress",
        AlgorithmSpecification=IMAGE,
        HyperParameters={"depth": "3"},
        SecondaryStatusTransitions=[step],
        MetricSeries={"loss": [[1.0, 3.0], [2.0, 1.0]]},
        FailureReason=REASON,
    )
    add(
        TUNING_JOB,
        "InProgress",
        HyperParameterTuningJobConfig={"HyperParameterTuningJobObjective": OBJECTIVE},
    )
    for number in range(3):
        service.backend.records.add(
            TRAINING_JOB,
            REGION,
            f"shown-{number}",
            {
                "TrainingJobName": f"shown-{number}",
                "TrainingJobArn": TRAINING_JOB.make_arn(REGION, f"shown-{number}"),
                "TrainingJobStatus": "Completed",
                "CreationTime": 2.0,
                "TrainingEndTime": 3.0 + number,
                "TuningJobArn": TUNING_JOB.make_arn(REGION, "shown"),
                "TunedHyperParameters": {"depth": str(number)},
                "FinalHyperParameterTuningJobObjectiveMetric": {"Value": float(number)},
            },
        )
    add(
        AUTOML_JOB,
        "Completed",
        AutoMLJobSecondaryStatus="Completed",
        BestCandidate=CANDIDATE,
        Candidates=[CANDIDATE],
    )
    source = {"DataSource": {"S3DataSource": {"S3Uri": "s3://b/in"}}}
    target = {"S3OutputPath": "s3://b/out"}
    model = {"ModelName": "m", "TransformInput": source, "TransformOutput": target}
    add(TRANSFORM_JOB, "Failed", FailureReason=REASON, **model)
    add(
        PROCESSING_JOB,
        "Stopped",
        AppSpecification={"ImageUri": "image"},
        ExitMessage="no rows",
    )
    add(MODEL, "", PrimaryContainer={"Image": "image"})
    add(ENDPOINT, "InService", EndpointConfigName="c", ProductionVariants=[VARIANT])
    add(
        MONITORING_SCHEDULE,
        "Scheduled",
        MonitoringType="DataQuality",
        Next=1.0,
        MonitoringScheduleConfig={
            "MonitoringType": "DataQuality",
            "MonitoringJobDefinitionName": "none",
        },
        **{ALERT: {"AlertStatus": "OK", "DatapointsToAlert": 1, "EvaluationPeriod": 1}},
    )
    container = {"Image": "image", "ModelDataUrl": "s3://b/m", "Environment": {"A": "b"}}
    add(
        MODEL_PACKAGE,
        "Completed",
        ModelPackageName="shown",
        ModelPackageStatusDetails={"ValidationStatuses": []},
        InferenceSpecification={"Containers": [container]},
    )


def write_reports(backend: Backend, s3: Any) -> str:
    """Give the model a Clarify job and an endpoint. Return the key of a file of captures."""
    s3.create_bucket(Bucket=STORE, CreateBucketConfiguration={"LocationConstraint": REGION})
    metric = {"name": "CI", "description": "Class Imbalance (CI)", "value": 0.25}
    failed = {"name": "DPL", "description": "DPL", "value": None, "error": "DPL: one group"}
    facets = {"city": [{"value_or_threshold": "Oslo", "metrics": [metric, failed]}]}
    analysis = {
        "explanations": {
            "kernel_shap": {"label0": {"global_shap_values": {"area": 0.4, "a" * 60: -0.3}}}
        },
        "pre_training_bias_metrics": {
            "label": "sold",
            "label_value_or_threshold": "1",
            "facets": facets,
        },
    }
    event = {"eventId": "e" * 36, "inferenceTime": "2026-01-31T12:00:00Z"}
    sides = {
        side: {"data": "1.5,Oslo,2\n" * 12, "observedContentType": "text/csv", "encoding": "CSV"}
        for side in ("endpointInput", "endpointOutput")
    }
    files = {
        "config.json": {"predictor": {"model_name": "shown"}},
        "out/analysis.json": analysis,
        "captures/a.jsonl": {"captureData": sides, "eventMetadata": event},
    }
    for key, content in files.items():
        s3.put_object(Bucket=STORE, Key=key, Body=json.dumps(content).encode())
    given = {"S3Uri": f"s3://{STORE}/config.json"}
    output = {"OutputName": "analysis_result", "S3Output": {"S3Uri": f"s3://{STORE}/out"}}
    for resource, name, fields in (
        (
            PROCESSING_JOB,
            "explained",
            {
                "ProcessingJobStatus": "Completed",
                "ProcessingInputs": [{"InputName": "analysis_config", "S3Input": given}],
                "ProcessingOutputConfig": {"Outputs": [output]},
            },
        ),
        (
            ENDPOINT_CONFIG,
            "serving",
            {"ProductionVariants": [{"VariantName": "main", "ModelName": "shown"}]},
        ),
        (ENDPOINT, "serving", {"EndpointConfigName": "serving", "EndpointStatus": "InService"}),
    ):
        record = start_record(resource, REGION, {resource.name_field: name} | fields, 2.0)
        backend.records.add(resource, REGION, name, record)
    return "captures/a.jsonl"


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[list[str]]:
    """The address of a page of each kind, and of the pages of views."""
    with open_quick_service(tmp_path / "state") as service:
        write_records(service)
        client = service.client
        client.create_model_package_group(ModelPackageGroupName="shown")
        client.create_model_card(
            ModelCardName="shown", Content=json.dumps(CONTENT), ModelCardStatus="Draft"
        )
        client.create_feature_group(
            FeatureGroupName="shown",
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="time",
            FeatureDefinitions=[
                {"FeatureName": "id", "FeatureType": "String"},
                {"FeatureName": "time", "FeatureType": "Fractional"},
            ],
            OnlineStoreConfig={"EnableOnlineStore": True},
            RoleArn=ROLE,
        )
        service.create("shown", [quick("Train"), quick("Test", DependsOn=["Train"])])
        execution = service.start("shown")
        service.wait(execution)
        app = App(service.backend)
        clients = AwsClients(URL, {}, WsgiClient(app))
        service.backend.aws.close()
        service.backend.aws = clients
        fill(client, clients.client("sagemaker-metrics", REGION))
        key = write_reports(service.backend, clients.client("s3", REGION))
        names = {"execution": execution.rpartition("/")[2]}
        with serve(app) as url:
            own = (page.resource.path for page in registry.PAGES)
            paths = [f"{path}/{REGION}/{names.get(path, 'shown')}" for path in own]
            runs = f"experiments/{REGION}/Prices"
            paths += ["", "experiments", runs, f"{runs}/run/r1", f"{runs}/difference?run=r0&run=r1"]
            paths += [f"executions/{REGION}/shown", "nothing"]
            paths += [f"capture/{REGION}/{STORE}/{key}"]
            yield [f"{url}/console/{path}" for path in paths]
            service.backend.record_signal.close()
            service.backend.log_signal.close()
        clients.close()


def test_no_page_has_a_serious_finding(addresses: list[str], tmp_path: Path) -> None:
    script = prepare_axe()
    with open_browser(tmp_path / "profile") as tab, open_service(tmp_path / "empty") as (empty, _):
        found, wide = {}, {}
        for address in addresses:
            tab.open(address)
            title = tab.run("document.querySelector('main h1').textContent")
            assert (title == "Not found") == ("/nothing" in address)
            found[address] = find_severe(tab, script)
            resize(tab, 390)
            wide[address] = tab.run("document.documentElement.scrollWidth") - 390
            resize(tab, 1100)
        with serve(App(empty)) as url:
            tab.open(f"{url}/console")
            found[url] = find_severe(tab, script)
            empty.record_signal.close()
    assert {address: findings for address, findings in found.items() if findings} == {}
    assert {address: pixels for address, pixels in wide.items() if pixels > 0} == {}
