"""What gunicorn is given: `benchmarks.baselines.plain.serve:xgboost("booster.ubj")`."""

from __future__ import annotations

import joblib
import xgboost as xgb
from flask import Flask

from benchmarks.baselines.plain.app import create_app, predict_with_booster


def xgboost(file: str) -> Flask:
    """Serve a booster's file."""
    model = xgb.Booster(model_file=file)
    model.set_param({"nthread": 1})
    return create_app(predict_with_booster(model))


def transform(file: str) -> Flask:
    """Serve a scikit-learn transform that joblib has written."""
    fitted = joblib.load(file)
    return create_app(fitted.transform, list(fitted.feature_names_in_))
