"""Stories told with version 2 of the SageMaker Python SDK, as its users write them.

    sdk_v2.py ROLE TAG FILE

Each function is a story and gives what came of it; FILE gets them all as one JSON object.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from sagemaker import ModelPackage, Session
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer, NumpyDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer, JSONSerializer, NumpySerializer
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner, IntegerParameter

role, tag, file = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
place = f"s3://{session.default_bucket()}/sdk-v2"
ROWS = [(3 * (row % 7), row % 7, row) for row in range(210)]
NUMBERS = "".join(f"{label},{first},{second}\n" for label, first, second in ROWS)
# The price is 110 * (rooms + area / 10): its logarithm is what the booster learns.
FLATS = "rooms,area,zone,price\n" + "".join(
    f"{1 + n % 5},{30 + 7 * n % 90},{'ABC'[n % 3]},{110 * (1 + n % 5) + 11 * (30 + 7 * n % 90)}\n"
    for n in range(200)
)
ERROR = [{"Name": "train:rmse", "Regex": r".*\[[0-9]+\].*#011train-rmse:(\S+)"}]
# One round and no penalty: a tree of depth 3 tells seven labels apart, exactly.
ONE_TREE = {"num_round": 1, "eta": 1, "lambda": 0, "max_depth": 3}


def image(name: str) -> str:
    return f"{registry}/tandem-{name}:{tag}"


def uploaded(key: str, text: str) -> str:
    put = S3Uploader.upload_string_as_file_body
    return str(put(text, f"{place}/{key}", sagemaker_session=session))


def csv(uri: str, **more: Any) -> TrainingInput:
    return TrainingInput(uri, content_type="text/csv", **more)


def estimator(name: str, hyperparameters: dict[str, Any], hosts: int = 1) -> Estimator:
    return Estimator(
        image(name),
        role,
        hosts,
        kind,
        base_job_name=f"v2-{name}",
        metric_definitions=ERROR,
        hyperparameters=hyperparameters,
        sagemaker_session=session,
    )


def two_hosts() -> dict[str, Any]:
    """Train on two hosts, a file each; wait, read the logs, and attach by the job's name."""
    for part in range(2):
        uploaded(f"shards/{part}.csv", "".join(NUMBERS.splitlines(keepends=True)[part::2]))
    asked = estimator("xgboost", ONE_TREE, hosts=2)
    shards = csv(f"{place}/shards", distribution="ShardedByS3Key")
    asked.fit({"train": shards}, wait=False)
    name = asked.latest_training_job.name
    status = session.wait_for_job(name, poll=1)["TrainingJobStatus"]
    with redirect_stdout(StringIO()) as log:
        session.logs_for_job(name)
    attached = Estimator.attach(name, sagemaker_session=session)
    metrics = attached.training_job_analytics.dataframe()
    answers = attached.transformer(1, kind, strategy="SingleRecord", assemble_with="Line")
    asked_for = uploaded("ask/ask.csv", "0,9\n4,9\n6,9\n")
    answers.transform(asked_for, content_type="text/csv", split_type="Line", wait=False)
    again = Transformer.attach(answers.latest_transform_job.name, sagemaker_session=session)
    again.wait(logs=False)
    written = S3Downloader.read_file(f"{again.output_path}/ask.csv.out", session)
    answers.delete_model()
    return {
        "status": status,
        "log": log.getvalue(),
        "hosts": attached.instance_count,
        "hyperparameters": attached.hyperparameters(),
        "metrics": metrics.to_dict("list"),
        "strategy": again.strategy,
        "answers": written.split(),
    }


def tuning() -> dict[str, Any]:
    """Tune, deploy the best, and ask it for what it was trained on."""
    asked = HyperparameterTuner(
        estimator("xgboost", ONE_TREE | {"lambda": 1}),
        "train:rmse",
        {"max_depth": IntegerParameter(1, 4)},
        metric_definitions=ERROR,
        objective_type="Minimize",
        max_jobs=3,
        max_parallel_jobs=3,
        base_tuning_job_name="v2-tuning",
        random_seed=7,
    )
    asked.fit({"train": csv(uploaded("numbers/all.csv", NUMBERS))})
    tried = asked.analytics().dataframe()
    best = asked.best_estimator()
    predictor = asked.deploy(1, kind, serializer=NumpySerializer(), deserializer=JSONDeserializer())
    rows = np.array(ROWS, dtype=float)
    said = predictor.predict(rows[:, 1:])
    predictor.delete_model()
    predictor.delete_endpoint()
    errors = np.array([row["score"] for row in said["predictions"]]) - rows[:, 0]
    return {
        "names": tried["TrainingJobName"].tolist(),
        "values": tried["FinalObjectiveValue"].tolist(),
        "statuses": tried["TrainingJobStatus"].tolist(),
        "best": asked.best_training_job(),
        "depth": best.hyperparameters()["max_depth"],
        "depths": tried["max_depth"].tolist(),
        "error": math.sqrt(np.mean(errors**2)),
    }


def registered() -> dict[str, Any]:
    """Register a model, approve it, and deploy the package by its ARN alone."""
    asked = estimator("xgboost", ONE_TREE)
    asked.fit({"train": csv(uploaded("numbers/all.csv", NUMBERS))}, logs="None")
    package = asked.register(
        ["text/csv"],
        ["text/csv"],
        [kind],
        [kind],
        model_package_group_name="v2-numbers",
        image_uri=image("xgboost"),
        approval_status="PendingManualApproval",
    )
    arn, client = package.model_package_arn, session.sagemaker_client
    before = client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"]
    package.update_approval_status("Approved")
    package.update_customer_metadata({"owner": "a"})
    after = client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"]
    latest = session.get_most_recently_created_approved_model_package("v2-numbers")
    model = ModelPackage(role, model_package_arn=arn, sagemaker_session=session)
    model.deploy(1, kind, endpoint_name="v2-numbers")
    said = [
        asked_for(CSVSerializer(), CSVDeserializer(), "4,9\n6,9\n"),
        asked_for(JSONSerializer(), JSONDeserializer(), {"instances": [[4, 9], [6, 9]]}),
        asked_for(NumpySerializer(), NumpyDeserializer(), [[4, 9], [6, 9]]).tolist(),
    ]
    Predictor("v2-numbers", session).delete_endpoint()
    model.delete_model()
    latest_arn = latest.model_package_arn
    return {"arn": arn, "before": before, "after": after, "latest": latest_arn, "answers": said}


def asked_for(serializer: Any, deserializer: Any, data: Any) -> Any:
    return Predictor("v2-numbers", session, serializer, deserializer).predict(data)


def three_containers() -> dict[str, Any]:
    """Chain the transform, the booster and the transform's inverse: flats in, prices out."""
    flats = csv(uploaded("flats/flats.csv", FLATS))
    transform = estimator("preprocessor", {"target": "price", "target_scale": "log1p"})
    transform.fit({"train": flats}, logs="None")
    features = transform.transformer(
        1, kind, accept="application/x-parquet", output_path=f"{place}/features"
    )
    features.transform(f"{place}/flats", content_type="text/csv", logs=False)
    features.delete_model()
    booster = estimator("xgboost", {"num_round": 150, "max_depth": 3})
    parquet = TrainingInput(f"{place}/features", content_type="application/x-parquet")
    booster.fit({"train": parquet}, logs="None")
    inverse = Model(
        image("preprocessor"),
        transform.model_data,
        role,
        env={"TANDEM_STAGE": "inverse"},
        sagemaker_session=session,
    )
    chain = PipelineModel(
        [transform.create_model(), booster.create_model(), inverse],
        role,
        predictor_cls=Predictor,
        sagemaker_session=session,
    )
    predictor = chain.deploy(1, kind)
    predictor.serializer, predictor.deserializer = CSVSerializer(), CSVDeserializer()
    said = predictor.predict([[3, 65, "B"], [1, 40, "A"], [5, 100, "C"]])
    told = session.sagemaker_client.describe_model(ModelName=chain.name)
    predictor.delete_endpoint()
    chain.delete_model()
    return {"prices": said, "images": [item["Image"] for item in told["Containers"]]}


STORIES: tuple[Callable[[], dict[str, Any]], ...] = (
    two_hosts,
    tuning,
    registered,
    three_containers,
)
told = {story.__name__: story() for story in STORIES}
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
