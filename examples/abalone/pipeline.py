"""Abalone as a SageMaker pipeline, by version 2 of the SageMaker Python SDK.

    pipeline.py ROLE TAG FOLDER [MOST_RMSE]

ROLE is the ARN of an execution role, TAG that of the images `make push` brought to ECR (with the
local SageMaker any role, and a tag you built), FOLDER what `examples.abalone.data` wrote. A model
whose error is at most MOST_RMSE rings is registered; of a worse one the execution fails.
"""

import json
import sys
from pathlib import Path

from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.pipeline import PipelineModel
from sagemaker.s3 import S3Uploader
from sagemaker.transformer import Transformer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep, TransformStep

role, tag, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
limit = {"MostRmse": float(sys.argv[4])} if len(sys.argv) > 4 else {}
session, kind = PipelineSession(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
place = f"s3://{session.default_bucket()}/abalone"
for part in ("train", "validation"):
    S3Uploader.upload(str(folder / f"{part}.csv"), f"{place}/raw", sagemaker_session=session)

data = ParameterString("Data", default_value=f"{place}/raw")
rounds = ParameterInteger("Rounds", default_value=50)
most = ParameterFloat("MostRmse", default_value=6**0.5)


def make_estimator(image: str, **hyperparameters: object) -> Estimator:
    return Estimator(
        f"{registry}/tandem-{image}:{tag}",
        role,
        1,
        kind,
        hyperparameters=hyperparameters,
        metric_definitions=[
            {"Name": "validation:rmse", "Regex": r".*\[[0-9]+\].*#011validation-rmse:(\S+)"}
        ],
        sagemaker_session=session,
    )


def make_model(estimator: Estimator, step: TrainingStep) -> Model:
    archive = step.properties.ModelArtifacts.S3ModelArtifacts
    return Model(estimator.image_uri, archive, role, sagemaker_session=session)


# The transform: fitted to raw records, and features made of them.
preprocessor = make_estimator("preprocessor", target="rings", impute="median", scale="standard")
raw = {"train": TrainingInput(Join("/", [data, "train.csv"]), content_type="text/csv")}
fit = TrainingStep("FitTransform", step_args=preprocessor.fit(raw))
transform = make_model(preprocessor, fit)
create = ModelStep("Transform", step_args=transform.create(kind))
featurizer = Transformer(
    create.properties.ModelName, 1, kind, accept="text/csv", output_path=f"{place}/features",
    sagemaker_session=session,
)  # fmt: skip
features = TransformStep("Features", step_args=featurizer.transform(data, content_type="text/csv"))

# The booster, with the hyperparameters of Amazon's example.
booster = make_estimator(
    "xgboost", num_round=rounds, max_depth=5, eta=0.2, gamma=4, min_child_weight=6, subsample=0.7
)
made = features.properties.TransformOutput.S3OutputPath
channels = {
    part: TrainingInput(Join("/", [made, f"{part}.csv.out"]), content_type="text/csv")
    for part in ("train", "validation")
}
train = TrainingStep("TrainBooster", step_args=booster.fit(channels))

# Registered only where it is good enough.
both = PipelineModel([transform, make_model(booster, train)], role, sagemaker_session=session)
register = ModelStep(
    "Abalone",
    step_args=both.register(
        ["text/csv"], ["text/csv"], [kind], [kind], model_package_group_name="abalone"
    ),
)
fail = FailStep("TooBad", error_message=Join(" ", ["The RMSE is more than", most]))
error = train.properties.FinalMetricDataList["validation:rmse"].Value
check = ConditionStep(
    "GoodEnough",
    conditions=[ConditionLessThanOrEqualTo(error, most)],
    if_steps=[register],
    else_steps=[fail],
)

pipeline = Pipeline(
    "abalone", [data, rounds, most], steps=[fit, create, features, train, check],
    sagemaker_session=session,
)  # fmt: skip
(folder / "pipeline.json").write_text(json.dumps(json.loads(pipeline.definition()), indent=2))
pipeline.upsert(role)
execution = pipeline.start(limit)
execution.wait(delay=15, max_attempts=480)
for step in reversed(execution.list_steps()):
    print(step["StepName"], step["StepStatus"], json.dumps(step.get("Metadata", {})))
