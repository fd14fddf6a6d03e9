"""Training jobs in script mode whose script calls `mlflow.autolog()`, and what the server has."""

from __future__ import annotations

import gzip
import json
import urllib.request
from typing import Any

from local_test.http_guard import COMMAND_HEADER
from scripts.lock import aws_clients
from tests.archives import make_entry, write_tar
from tests.clients.account import Account, name_image

_START = """
import os
import mlflow
import numpy as np

mlflow.autolog()
rows = np.loadtxt(os.environ["SM_CHANNEL_TRAIN"] + "/data.csv", delimiter=",")
labels, features = rows[:, 0], rows[:, 1:]
"""
_SCRIPTS = {
    "preprocessor": """
from sklearn.ensemble import RandomForestClassifier

RandomForestClassifier(n_estimators=7, random_state=0).fit(features, labels)
""",
    "xgboost": """
import xgboost

data = xgboost.DMatrix(features, labels)
parameters = {"max_depth": 2, "objective": "binary:logistic", "eval_metric": "logloss"}
xgboost.train(parameters, data, 4, evals=[(data, "train")])
""",
}
_PARAMETERS = {"preprocessor": {"n_estimators": "7"}, "xgboost": {"max_depth": "2"}}
_METRICS = {"preprocessor": {"training_accuracy_score": 0}, "xgboost": {"train-logloss": 3}}
_FLAVOURS = {"preprocessor": "mlflow.sklearn", "xgboost": "mlflow.xgboost"}


def check_autologged_jobs(account: Account, arn: str) -> None:
    """Train with both images at once; each run has parameters, metrics and its model."""
    table = "".join(f"{row % 2},{row % 4},{row % 3}\n" for row in range(60))
    data = account.bucket("autologged", **{"in/data.csv": table})
    for image in _SCRIPTS:
        _train(account, arn, image, data)
    for image in _SCRIPTS:
        ended = account.trained(f"autolog-{image}")
        assert ended["TrainingJobStatus"] == "Completed", ended
        _check_run(account, arn, image)


def _train(account: Account, arn: str, image: str, data: str) -> None:
    code = write_tar([make_entry("train.py", f"{_START}{_SCRIPTS[image]}".encode())])
    submitted = account.put(f"{data}/{image}/sourcedir.tar.gz", gzip.compress(code))
    # A requirements.txt would install the same packages, from a network and for a minute.
    packages = next((aws_clients.prepare_client("clients-mlflow").parent / "lib").iterdir())
    account.train(
        f"autolog-{image}",
        name_image(image),
        f"{data}/in",
        HyperParameters={
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(submitted),
        },
        Environment={
            "MLFLOW_TRACKING_URI": arn,
            "MLFLOW_EXPERIMENT_NAME": f"autolog-{image}",
            "PYTHONPATH": str(packages / "site-packages"),
        },
    )


def _check_run(account: Account, arn: str, image: str) -> None:
    query = f"experiments/get-by-name?experiment_name=autolog-{image}"
    experiment = _call(account, arn, query)["experiment"]["experiment_id"]
    [run] = _call(account, arn, "runs/search", experiment_ids=[experiment])["runs"]
    assert run["info"]["status"] == "FINISHED"
    parameters = {one["key"]: one["value"] for one in run["data"]["params"]}
    assert _PARAMETERS[image].items() <= parameters.items()
    steps = {one["key"]: int(one.get("step", 0)) for one in run["data"]["metrics"]}
    assert _METRICS[image].items() <= steps.items()
    artifacts = run["info"]["artifact_uri"].removesuffix("/artifacts").rpartition("/")[0]
    [model] = [key for key in account.keys(artifacts) if key.endswith("/MLmodel")]
    bucket = artifacts.split("/")[2]
    assert _FLAVOURS[image] in account.get(f"s3://{bucket}/{model}").decode()


def _call(account: Account, arn: str, call: str, **content: Any) -> Any:
    request = urllib.request.Request(
        f"{account.url}/api/2.0/mlflow/{call}",
        data=json.dumps(content).encode() if content else None,
        headers={
            "x-mlflow-sm-tracking-server-arn": arn,
            "Content-Type": "application/json",
            COMMAND_HEADER: "1",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
