"""A Flask application that reads CSV with pandas, predicts, and writes CSV with pandas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from flask import Flask, Response, request
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Predict = Callable[[pd.DataFrame], Any]


def create_app(predict: Predict, names: Sequence[str] | None = None) -> Flask:
    """Make the application; `names` are those of a body's columns, where `predict` needs them."""
    flask = Flask("plain")

    @flask.get("/ping")
    def ping() -> Response:
        return Response("", 200)

    @flask.post("/invocations")
    def invocations() -> Response:
        if request.mimetype != "text/csv":
            return Response("this predictor takes CSV", 415, content_type="text/plain")
        text = StringIO(request.data.decode())
        rows = pd.read_csv(text, header=None, names=list(names) if names else None)
        out = StringIO()
        pd.DataFrame(predict(rows)).to_csv(out, header=False, index=False)
        return Response(out.getvalue(), 200, content_type="text/csv")

    return flask


def predict_with_booster(model: xgb.Booster) -> Predict:
    """Predict with a booster, through a DMatrix."""
    return lambda rows: model.predict(xgb.DMatrix(rows.to_numpy(dtype=np.float32), nthread=1))


def fit_transformer(rows: pd.DataFrame, words: Sequence[str]) -> ColumnTransformer:
    """Fit: numbers imputed and scaled, `words` imputed and one-hot encoded."""
    numbers = [name for name in rows.columns if name not in words]
    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    fitted: ColumnTransformer = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("words", make_pipeline(SimpleImputer(strategy="most_frequent"), onehot), list(words)),
        ]
    ).fit(rows)
    return fitted
