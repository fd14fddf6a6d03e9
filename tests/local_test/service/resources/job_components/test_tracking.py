"""Jobs as trial components: what they have of the job, and where ExperimentConfig puts them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType, start_record
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import start_history
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from tests.clients.account import REGION, Account, describe_channel, name_image
from tests.local_test.service.in_process import open_service

ARN = f"arn:aws:sagemaker:{REGION}:123456789012"
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}
SHOWN_MACHINE = {
    "SageMaker.InstanceType": {"StringValue": "ml.m5.large"},
    "SageMaker.InstanceCount": {"NumberValue": 2.0},
    "SageMaker.VolumeSizeInGB": {"NumberValue": 5.0},
}
TRAINING = {
    "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
    "HyperParameters": {"depth": "3", "eta": "1e-1", "objective": "reg:squarederror"},
    "InputDataConfig": [describe_channel("train", "s3://b/in", "text/csv; header=present")],
    "ResourceConfig": MACHINE,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("jobs")) as (backend, sagemaker):
        registry.resume(backend)
        sagemaker.create_experiment(ExperimentName="prices")
        sagemaker.create_trial(TrialName="first", ExperimentName="prices")
        yield backend, sagemaker
        backend.timetable.close()


def add(backend: Backend, resource: ResourceType, name: str, **fields: Any) -> None:
    """Add a job as its operation does, in progress."""
    record = start_record(resource, REGION, {resource.name_field: name} | fields, 5.0)
    status = start_history(5.0) if resource == TRAINING_JOB else {}
    record |= {resource.status_field: "InProgress"} | status
    backend.records.add(resource, REGION, name, record)


def describe(sagemaker: Any, name: str) -> dict[str, Any]:
    return dict(sagemaker.describe_trial_component(TrialComponentName=name))


def test_a_training_job_is_a_component_while_it_runs_and_after(
    service: tuple[Backend, Any],
) -> None:
    backend, sagemaker = service
    add(backend, TRAINING_JOB, "Fits", **TRAINING)
    component = describe(sagemaker, "Fits-aws-training-job")
    source = {"SourceArn": f"{ARN}:training-job/fits", "SourceType": "SageMakerTrainingJob"}
    assert component["Source"] == source
    assert component["Parameters"] == SHOWN_MACHINE | {
        "SageMaker.ImageUri": {"StringValue": "image:1"},
        "depth": {"NumberValue": 3.0},
        "eta": {"NumberValue": 0.1},
        "objective": {"StringValue": "reg:squarederror"},
    }
    artifact = {"MediaType": "text/csv", "Value": "s3://b/in"}
    assert component["InputArtifacts"] == {"train": artifact}
    assert component["Status"]["PrimaryStatus"] == "InProgress"
    changes = {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}
    model = {"S3ModelArtifacts": "s3://b/model.tar.gz"}
    backend.records.update(
        TRAINING_JOB, REGION, "Fits", **changes, TrainingEndTime=9.0, ModelArtifacts=model
    )
    component = describe(sagemaker, "fits-aws-training-job")
    assert component["OutputArtifacts"] == {
        "SageMaker.ModelArtifact": {"Value": "s3://b/model.tar.gz"}
    }
    assert component["EndTime"].timestamp() == 9
    assert component["Status"] == {
        "PrimaryStatus": "Completed",
        "Message": "Status: Completed, secondary status: Completed, failure reason: null",
    }
    [listed] = sagemaker.list_trial_components(SourceArn=f"{ARN}:training-job/Fits".lower())[
        "TrialComponentSummaries"
    ]
    assert listed["TrialComponentSource"] == source
    filters = [{"Name": "SourceDetail.TrainingJob.TrainingJobStatus", "Value": "Completed"}]
    [found] = sagemaker.search(
        Resource="ExperimentTrialComponent", SearchExpression={"Filters": filters}
    )["Results"]
    assert found["TrialComponent"]["TrialComponentName"] == "Fits-aws-training-job"


def test_what_a_client_changes_stays(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    add(backend, TRAINING_JOB, "edited", **TRAINING)
    name = {"TrialComponentName": "edited-aws-training-job"}
    notes = {"note": {"StringValue": "mine"}, "depth": {"NumberValue": 4}}
    model = {"SageMaker.ModelArtifact": {"Value": "NA"}, "plot": {"Value": "s3://b/p"}}
    sagemaker.update_trial_component(
        **name, Parameters=notes, ParametersToRemove=["eta"], OutputArtifacts=model
    )
    artifacts = {"S3ModelArtifacts": "s3://b/m"}
    backend.records.update(TRAINING_JOB, REGION, "edited", ModelArtifacts=artifacts)
    component = describe(sagemaker, name["TrialComponentName"])
    assert component["Parameters"]["depth"] == {"NumberValue": 4.0}
    assert "note" in component["Parameters"]
    assert "eta" not in component["Parameters"]
    assert component["OutputArtifacts"]["plot"] == {"Value": "s3://b/p"}
    assert component["OutputArtifacts"]["SageMaker.ModelArtifact"] == {"Value": "s3://b/m"}
    sagemaker.delete_trial_component(**name)
    backend.records.update(TRAINING_JOB, REGION, "edited", TrainingJobStatus="Completed")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_trial_component(**name)


def test_processing_and_transform_jobs_are_components(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    add(
        backend,
        PROCESSING_JOB,
        "cleans",
        AppSpecification={"ImageUri": "image:2"},
        ProcessingInputs=[{"InputName": "raw", "S3Input": {"S3Uri": "s3://b/raw"}}],
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "clean", "S3Output": {"S3Uri": "s3://b/clean"}}]
        },
        ProcessingResources={"ClusterConfig": MACHINE},
        Environment={"p1": "1.0"},
    )
    backend.records.update(PROCESSING_JOB, REGION, "cleans", ProcessingJobStatus="Completed")
    component = describe(sagemaker, "cleans-aws-processing-job")
    assert component["Parameters"] == SHOWN_MACHINE | {"p1": {"NumberValue": 1.0}}
    assert component["InputArtifacts"] == {
        "SageMaker.ImageUri": {"Value": "image:2"},
        "raw": {"Value": "s3://b/raw"},
    }
    assert component["OutputArtifacts"] == {"clean": {"Value": "s3://b/clean"}}
    message = "Status: Completed, exit message: null, failure reason: null"
    assert component["Status"]["Message"] == message
    sagemaker.create_experiment(ExperimentName="batches")
    add(
        backend,
        TRANSFORM_JOB,
        "scores",
        ModelName="m",
        TransformInput={"DataSource": {"S3DataSource": {"S3Uri": "s3://b/x"}}},
        TransformOutput={"S3OutputPath": "s3://b/y", "Accept": "text/csv"},
        TransformResources=MACHINE,
        ExperimentConfig={"ExperimentName": "batches", "TrialComponentDisplayName": "Scoring"},
    )
    component = describe(sagemaker, "scores-aws-transform-job")
    assert component["DisplayName"] == "Scoring"
    assert component["Parameters"]["SageMaker.ModelName"] == {"StringValue": "m"}
    assert component["InputArtifacts"] == {"SageMaker.TransformInput": {"Value": "s3://b/x"}}
    output = {"MediaType": "text/csv", "Value": "s3://b/y"}
    assert component["OutputArtifacts"] == {"SageMaker.TransformOutput": output}
    [trial] = sagemaker.list_trials(ExperimentName="batches")["TrialSummaries"]
    assert trial["TrialName"] == "scores-aws-trial"


def test_the_jobs_of_a_tuning_job_are_in_its_experiment(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    add(backend, TUNING_JOB, "tunes")
    arn = f"{ARN}:hyper-parameter-tuning-job/tunes"
    for name in ("tunes-001", "tunes-002"):
        add(backend, TRAINING_JOB, name, **TRAINING, TuningJobArn=arn)
    experiment = sagemaker.describe_experiment(ExperimentName="tunes-aws-tuning-job")
    assert experiment["Source"] == {
        "SourceArn": arn,
        "SourceType": "SageMakerHyperParameterTuningJob",
    }
    components = sagemaker.list_trial_components(ExperimentName="tunes-aws-tuning-job")
    names = {one["TrialComponentName"] for one in components["TrialComponentSummaries"]}
    assert names == {"tunes-001-aws-training-job", "tunes-002-aws-training-job"}


def test_a_real_job_is_placed_with_its_metrics(account: Account) -> None:
    sagemaker = account.sagemaker
    sagemaker.create_experiment(ExperimentName="real")
    sagemaker.create_trial(TrialName="real-t", ExperimentName="real")
    sagemaker.create_experiment(ExperimentName="other-real")
    data = account.bucket("placed", **{"in/a.csv": "1"})
    algorithm = {"MetricDefinitions": [{"Name": "m", "Regex": "metric=([0-9.]+)"}]}
    wrong = {"TrialName": "real-t", "ExperimentName": "other-real"}
    for config, said in (
        ({"ExperimentName": "never"}, "Experiment 'never' does not exist"),
        ({"TrialName": "never"}, "Trial 'never' does not exist"),
        (wrong, "Trial of another experiment: real-t belongs to real, not to other-real"),
    ):
        with pytest.raises(ClientError, match=said):
            account.train("placed", name_image("standin"), data, ExperimentConfig=config)
    config = {"ExperimentName": "real", "TrialName": "real-t"}
    more = {"ExperimentConfig": config, "HyperParameters": {"print": "metric=0.5"}}
    account.train("placed", name_image("standin"), f"{data}/in", algorithm=algorithm, **more)
    job = account.trained("placed")
    assert (job["TrainingJobStatus"], job["ExperimentConfig"]) == ("Completed", config)
    component = describe(sagemaker, "placed-aws-training-job")
    assert component["Status"]["PrimaryStatus"] == "Completed"
    assert component["OutputArtifacts"].keys() == {"SageMaker.ModelArtifact"}
    [listed] = sagemaker.list_trial_components(TrialName="real-t")["TrialComponentSummaries"]
    assert listed["TrialComponentName"] == "placed-aws-training-job"


def test_a_component_ends_with_its_job_after_a_crash(tmp_path: Path) -> None:
    with open_service(tmp_path) as (backend, sagemaker):
        registry.resume(backend)
        add(
            backend,
            PROCESSING_JOB,
            "lost",
            AppSpecification={"ImageUri": "i"},
            ProcessingResources={"ClusterConfig": MACHINE},
        )
        assert describe(sagemaker, "lost-aws-processing-job")["Status"]["PrimaryStatus"] == (
            "InProgress"
        )
        backend.timetable.close()
    with open_service(tmp_path) as (backend, sagemaker):
        registry.resume(backend)
        component = describe(sagemaker, "lost-aws-processing-job")
        assert component["Status"]["PrimaryStatus"] == "Failed"
        assert "the local service ended while the job ran" in component["Status"]["Message"]
        backend.timetable.close()
