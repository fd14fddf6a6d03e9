"""Trained models that notebooks deploy: XGBoost on abalone and on customer churn."""

import io
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from local_test.samples.datasets import abalone, churn
from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_ASYNC = "models/async-inference"
_CHURN = "models/xgb-churn"
_TEST_DATA = "datasets/tabular/xgb-churn"
_POINTS = 100
_TEST_ROWS = 334
_SEX_CODES = {"M": 1, "F": 2, "I": 3}
_CHARGES = ["Day Charge", "Eve Charge", "Night Charge", "Intl Charge"]
_NUMBERS = (
    *("Account Length", "VMail Message", "Day Mins", "Day Calls", "Eve Mins", "Eve Calls"),
    *("Night Mins", "Night Calls", "Intl Mins", "Intl Calls", "CustServ Calls"),
)


def _build_async(packages: Packages) -> Files:
    rows = abalone.read_rows(packages)
    # The input files number features from 1 and XGBoost from 0, so feature 0 is in no row.
    features = [[float("nan"), _SEX_CODES[sex], *map(float, values)] for sex, *values, _ in rows]
    labels = [float(row[-1]) for row in rows]
    files = {
        f"{_ASYNC}/demo-xgboost-model.tar.gz": _train(
            features, labels, objective="reg:squarederror", max_depth=5, eta=0.2
        )
    }
    for number, row in enumerate(abalone.split_rows(rows)["test"][:_POINTS]):
        files[f"{_ASYNC}/input-files/test_point_{number}.libsvm"] = abalone.format_libsvm([row])
    return files


def _build_churn(packages: Packages) -> Files:
    import pandas as pd

    customers = churn.read_customers(packages).drop(columns=["Phone", *_CHARGES])
    coded = pd.get_dummies(
        customers.drop(columns=["Churn?"]),
        columns=["State", "Area Code", "Int'l Plan", "VMail Plan"],
        dtype=int,
    )
    labels = (customers["Churn?"] == "True.").astype(int)
    numbers = coded[list(_NUMBERS)]
    features = pd.concat([numbers, coded.drop(columns=list(_NUMBERS))], axis=1)
    train, test = features[:-_TEST_ROWS], features[-_TEST_ROWS:]
    labelled = pd.concat([labels[-_TEST_ROWS:], test], axis=1)
    files = {
        f"{_TEST_DATA}/test-dataset.csv": labelled.to_csv(index=False, header=False).encode(),
        f"{_TEST_DATA}/test-dataset-input-cols.csv": test.to_csv(
            index=False, header=False
        ).encode(),
    }
    for name, depth in {"xgb-churn-prediction-model": 5, "xgb-churn-prediction-model2": 3}.items():
        files[f"{_CHURN}/{name}.tar.gz"] = _train(
            train, labels[:-_TEST_ROWS], objective="binary:logistic", max_depth=depth, eta=0.2
        )
    return files


def _train(features: Any, labels: Any, **parameters: Any) -> bytes:
    """Return `model.tar.gz` with a member `xgboost-model`, JSON of 100 rounds of boosting."""
    import numpy as np
    import xgboost

    data = xgboost.DMatrix(np.asarray(features, dtype=np.float32), np.asarray(labels))
    booster = xgboost.train({"seed": 0, "nthread": 1, **parameters}, data, 100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(path)
        content = path.read_bytes()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


ASYNC = Sample(
    "async-inference",
    "an XGBoost model of abalone trained here, with test rows as input files",
    _build_async,
    stand_in=True,
    needs=("xgboost", "numpy"),
)
CHURN = Sample(
    "churn-models",
    "two XGBoost models of customer churn (69 features) trained here, with test rows",
    _build_churn,
    stand_in=True,
    needs=("xgboost", "pandas"),
)
