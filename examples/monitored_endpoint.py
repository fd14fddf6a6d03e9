"""A pipeline trains and registers a model; its approval, an endpoint and a data quality monitor.

    monitored_endpoint.py ROLE TAG

It needs version 2 of the SDK (`sagemaker<3`). On AWS, ROLE is the ARN of an execution role and TAG
that of images `make push` brought there; with `local-sagemaker up`, any role and a tag you built.
"""

import json
import sys
import time

from sagemaker import ModelPackage, Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_monitor import (
    CronExpressionGenerator,
    DataCaptureConfig,
    DefaultModelMonitor,
)
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Uploader
from sagemaker.serializers import CSVSerializer
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterInteger
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep

role, tag = sys.argv[1:]
session, steps, instance = Session(), PipelineSession(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
folder = f"s3://{session.default_bucket()}/monitored"
rows = [(3 * (n % 7) + n % 5, n % 7, n % 5) for n in range(300)]
train = S3Uploader.upload_string_as_file_body(
    "".join(f"{label},{a},{b}\n" for label, a, b in rows),
    f"{folder}/train/train.csv",
    sagemaker_session=session,
)

rounds = ParameterInteger("Rounds", default_value=50)
estimator = Estimator(
    f"{registry}/tandem-xgboost:{tag}",
    role,
    1,
    instance,
    hyperparameters={"num_round": rounds},
    sagemaker_session=steps,
)
training = TrainingStep(
    "Train", step_args=estimator.fit({"train": TrainingInput(train, content_type="text/csv")})
)
model = Model(
    estimator.image_uri,
    training.properties.ModelArtifacts.S3ModelArtifacts,
    role,
    sagemaker_session=steps,
)
registration = ModelStep(
    "Register",
    step_args=model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=[instance],
        model_package_group_name="monitored",
        approval_status="PendingManualApproval",
    ),
)
pipeline = Pipeline(
    "monitored", parameters=[rounds], steps=[training, registration], sagemaker_session=steps
)
pipeline.upsert(role_arn=role)
execution = pipeline.start(parameters={"Rounds": 80})
execution.wait(delay=5)
print("steps:", *(f"{s['StepName']} {s['StepStatus']}" for s in execution.list_steps()))

client = session.sagemaker_client
newest = client.list_model_packages(
    ModelPackageGroupName="monitored", SortBy="CreationTime", SortOrder="Descending"
)["ModelPackageSummaryList"][0]["ModelPackageArn"]
client.update_model_package(ModelPackageArn=newest, ModelApprovalStatus="Approved")
package = ModelPackage(role, model_package_arn=newest, sagemaker_session=session)
package.deploy(
    1,
    instance,
    endpoint_name="monitored",
    data_capture_config=DataCaptureConfig(
        enable_capture=True,
        sampling_percentage=100,
        destination_s3_uri=f"{folder}/captured",
        sagemaker_session=session,
    ),
)
predictor = Predictor("monitored", session, CSVSerializer())

monitor = DefaultModelMonitor(role, instance_type=instance, sagemaker_session=session)
header = "label,a,b\n"
baseline = S3Uploader.upload_string_as_file_body(
    header + "".join(f"{float(label)},{a},{b}\n" for label, a, b in rows),
    f"{folder}/baseline.csv",
    sagemaker_session=session,
)
monitor.suggest_baseline(
    baseline_dataset=baseline,
    dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri=f"{folder}/baseline",
    wait=True,
    logs=False,
)

print("prediction:", predictor.predict([[4, 2]]).decode().strip())
for a in range(20):
    predictor.predict([[-1.5 * a, 2]])  # unlike the training data: fractions below zero
monitor.create_monitoring_schedule(
    monitor_schedule_name="monitored",
    endpoint_input="monitored",
    output_s3_uri=f"{folder}/reports",
    statistics=monitor.baseline_statistics(),
    constraints=monitor.suggested_constraints(),
    schedule_cron_expression=CronExpressionGenerator.now(),
    data_analysis_start_time="-PT1H",
    data_analysis_end_time="-PT0H",
)
while True:
    last = monitor.describe_schedule().get("LastMonitoringExecutionSummary", {})
    if last.get("MonitoringExecutionStatus") in {"Completed", "CompletedWithViolations", "Failed"}:
        break
    time.sleep(5)
print("monitor:", last["MonitoringExecutionStatus"])
for violation in monitor.latest_monitoring_constraint_violations().body_dict["violations"]:
    print(json.dumps(violation))

monitor.delete_monitoring_schedule()
predictor.delete_endpoint()
