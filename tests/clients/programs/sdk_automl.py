"""An AutoML step and a model of its best candidate by version 2 of the SageMaker Python SDK.

    sdk_automl.py ROLE DATA FILE

DATA is the S3 URI of a table whose target is z; FILE gets what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sagemaker import AutoML, AutoMLInput, MetricsSource, ModelMetrics
from sagemaker.model import Model
from sagemaker.pipeline import PipelineModel
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import CacheConfig

role, data, file = sys.argv[1:]
session = PipelineSession()
automl = AutoML(role, "z", mode="ENSEMBLING", max_candidates=1, sagemaker_session=session)
inputs = [AutoMLInput(inputs=data, target_attribute_name="z", channel_type="training")]
cache = CacheConfig(enable_caching=True, expire_after="P1D")
search = AutoMLStep("Search", step_args=automl.fit(inputs=inputs), cache_config=cache)
containers = search.properties.BestCandidate.InferenceContainers
variables = [["TANDEM_LABEL"], [], ["TANDEM_STAGE"]]
models = [
    Model(
        image_uri=containers[number].Image,
        model_data=containers[number].ModelDataUrl,
        env={name: containers[number].Environment[name] for name in names},
        sagemaker_session=session,
        role=role,
    )
    for number, names in enumerate(variables)
]
best = PipelineModel(models, role, sagemaker_session=session)
create = ModelStep("Create", step_args=best.create(instance_type="ml.m5.large"))
reports = search.properties.BestCandidateProperties
metrics = ModelMetrics(
    model_statistics=MetricsSource("application/json", reports.ModelInsightsJsonReportPath),
    explainability=MetricsSource("application/json", reports.ExplainabilityJsonReportPath),
)
register = ModelStep(
    "Register",
    step_args=best.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_package_group_name="searched",
        model_metrics=metrics,
    ),
)
pipeline = Pipeline("sdk-automl", steps=[search, create, register], sagemaker_session=session)
pipeline.upsert(role)
told = []
for _ in range(2):
    execution = pipeline.start()
    execution.wait(delay=1, max_attempts=900)
    told.append({step["StepName"]: step for step in execution.list_steps()})
refused = Pipeline(
    "sdk-automl-single",
    steps=[
        search,
        ModelStep("One", step_args=search.get_best_auto_ml_model(role, session).create()),
    ],
    sagemaker_session=session,
)
try:
    refused.create(role)
    sentence = ""
except session.sagemaker_client.exceptions.ClientError as error:
    sentence = str(error)
Path(file).write_text(json.dumps({"steps": told, "refused": sentence}, default=str))
