"""AutoML jobs of both versions by version 2 of the SageMaker Python SDK.

    sdk_automl_jobs.py ROLE DATA FILE

DATA is the S3 URI of a table whose targets are `kind` (a class) and `z` (a number); FILE gets what
came of each story as JSON. Both versions search at the same time: one job leaves a processor idle.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from sagemaker import AutoML, CandidateEstimator, Session
from sagemaker.automl.automlv2 import (
    AutoMLDataChannel,
    AutoMLImageClassificationConfig,
    AutoMLTabularConfig,
    AutoMLTextClassificationConfig,
    AutoMLTextGenerationConfig,
    AutoMLTimeSeriesForecastingConfig,
    AutoMLV2,
)
from sagemaker.deserializers import CSVDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

role, data, file = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
CHANNEL = [AutoMLDataChannel(s3_data_type="S3Prefix", s3_uri=data, channel_type="training")]
ROW = "2.0,-1.0,b"


def first_version() -> dict[str, Any]:
    """Search for a class, attach, list candidates, make a model, deploy, and get predictions."""
    asked = AutoML(
        role,
        "kind",
        problem_type="BinaryClassification",
        job_objective={"MetricName": "AUC"},
        max_candidates=1,
        sagemaker_session=session,
    )
    asked.fit(data, job_name="sdk-v1")
    automl = AutoML.attach("sdk-v1", sagemaker_session=session)
    best = automl.best_candidate()
    listed = automl.list_candidates(sort_by="FinalObjectiveMetricValue", sort_order="Descending")
    keys = ["predicted_label", "probability"]
    model = automl.create_model("sdk-v1-model", inference_response_keys=keys)
    predictor = automl.deploy(
        1,
        kind,
        name="sdk-v1-deployed",
        endpoint_name="sdk-v1",
        predictor_cls=Predictor,
        serializer=CSVSerializer(),
        deserializer=CSVDeserializer(),
        inference_response_keys=keys,
    )
    answers = predictor.predict("2.0,-1.0,3.0\n-2.0,1.0,-4.0")
    predictor.delete_model()
    predictor.delete_endpoint()
    return {
        "status": automl.describe_auto_ml_job()["AutoMLJobStatus"],
        "best": best["CandidateName"],
        "reports": best["CandidateProperties"]["CandidateArtifactLocations"],
        "listed": [one["CandidateName"] for one in listed],
        "steps": [step.type for step in CandidateEstimator(best, session).get_steps()],
        "containers": len(model.models),
        "answers": answers,
    }


def second_version() -> dict[str, Any]:
    """Search for a number, and deploy the best candidate."""
    config = AutoMLTabularConfig(
        target_attribute_name="z",
        problem_type="Regression",
        mode="HYPERPARAMETER_TUNING",
        algorithms_config=["linear-learner"],
        max_candidates=1,
    )
    asked = AutoMLV2(
        config, role=role, job_objective={"MetricName": "RMSE"}, sagemaker_session=session
    )
    asked.fit(CHANNEL, job_name="sdk-v2")
    automl = AutoMLV2.attach("sdk-v2", sagemaker_session=session)
    predictor = automl.deploy(
        1, kind, endpoint_name="sdk-v2", predictor_cls=Predictor, serializer=CSVSerializer()
    )
    answer = predictor.predict(ROW).decode()
    predictor.delete_model()
    predictor.delete_endpoint()
    return {
        "status": automl.describe_auto_ml_job()["AutoMLJobStatus"],
        "metric": automl.best_candidate()["FinalAutoMLJobObjectiveMetric"]["MetricName"],
        "listed": len(automl.list_candidates()),
        "answer": float(answer),
    }


def refusals() -> list[str]:
    """Ask for other problems, and return what the service says."""
    configs = [
        AutoMLImageClassificationConfig(),
        AutoMLTextClassificationConfig(content_column="a", target_label_column="kind"),
        AutoMLTextGenerationConfig(base_model_name="Falcon7B", accept_eula=True),
        AutoMLTimeSeriesForecastingConfig("D", 2, "z", "x", "kind"),
    ]
    said = []
    for number, config in enumerate(configs):
        automl = AutoMLV2(
            config,
            role=role,
            job_objective=None if number > 1 else {"MetricName": "Accuracy"},
            sagemaker_session=session,
        )
        try:
            automl.fit(CHANNEL, job_name=f"refused-{number}", wait=False, logs=False)
        except ClientError as error:
            said.append(str(error))
    return said


session.default_bucket()  # made once, before the threads need it
with ThreadPoolExecutor(2) as pool:
    first, second = pool.submit(first_version), pool.submit(second_version)
    told = {"refusals": refusals(), "first": first.result(), "second": second.result()}
Path(file).write_text(json.dumps(told, default=str))
