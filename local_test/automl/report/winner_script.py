"""A Python program that trains and serves the winner by the SageMaker SDK."""

import json
from pathlib import Path

from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchPlan
from local_test.automl.trial_jobs import FOLDS

_PROGRAM = '''"""Train the winner of a search, deploy it, and ask it: the SageMaker SDK's way.

    winner.py ROLE TAG

It needs version 2 of the SDK (`sagemaker<3`). On AWS, ROLE is the ARN of an execution role and TAG
that of the images pushed there; with `local-sagemaker run -- python winner.py ROLE latest`, any
role and a tag you built.
"""

import sys

from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Uploader

DATA = {data!r}
CONTENT_TYPE = {content_type!r}
RECIPE = {recipe}
HYPERPARAMETERS = {hyperparameters}

role, tag = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{{account}}.dkr.ecr.{{session.boto_region_name}}.amazonaws.com"
place = f"s3://{{session.default_bucket()}}/automl-winner"
train = S3Uploader.upload(DATA, f"{{place}}/train", sagemaker_session=session)


def make_estimator(name: str, hyperparameters: dict) -> Estimator:
    image = f"{{registry}}/tandem-{{name}}:{{tag}}"
    return Estimator(
        image, role, 1, kind, hyperparameters=hyperparameters, sagemaker_session=session
    )


preprocessor = make_estimator("preprocessor", RECIPE)
preprocessor.fit({{"train": TrainingInput(train, content_type=CONTENT_TYPE)}})
features = preprocessor.transformer(
    1, kind, accept="application/x-parquet", output_path=f"{{place}}/features", max_payload=0
)
features.transform(train, content_type=CONTENT_TYPE)
booster = make_estimator("xgboost", HYPERPARAMETERS)
channel = TrainingInput(features.output_path, content_type="application/x-parquet")
booster.fit({{"train": channel}})
stages = [
    preprocessor.create_model(env={{"TANDEM_LABEL": "drop"}}),
    booster.create_model(),
    preprocessor.create_model(env={{"TANDEM_STAGE": "inverse"}}),
]
winner = PipelineModel(stages, role, predictor_cls=Predictor, sagemaker_session=session)
predictor = winner.deploy(1, kind)
with open(DATA, "rb") as file:
    rows = file.read() if CONTENT_TYPE != "text/csv" else b"".join(file.readlines()[:4])
answer = predictor.predict(rows, initial_args={{"ContentType": CONTENT_TYPE}})
print("predictions of the first rows:", *answer.decode().split()[:3])
predictor.delete_endpoint()
winner.delete_model()
features.delete_model()
'''


def write_script(plan: SearchPlan, winner: Winner, data: Path, path: Path) -> None:
    """Write the program.

    It trains the best candidate as the search did: with folds, all rows of the file train.
    """
    candidate = winner.candidate
    hyperparameters = dict(candidate.hyperparameters)
    hyperparameters.pop("nthread", None)
    if plan.data.cross_validated:
        hyperparameters["_kfold"] = str(FOLDS)
    else:  # there is no validation channel
        hyperparameters.pop("early_stopping_rounds", None)
        kept = int(winner.training.get("kept_round", 0)) + 1
        hyperparameters["num_round"] = str(kept)
    text = _PROGRAM.format(
        data=str(data.absolute()),
        content_type=plan.data.content_type,
        recipe=_format(plan.find_recipe(candidate.recipe).settings),
        hyperparameters=_format(hyperparameters),
    )
    path.write_text(text, encoding="utf-8")


def _format(values: object) -> str:
    return json.dumps(dict(values), indent=4) if isinstance(values, dict) else repr(values)
