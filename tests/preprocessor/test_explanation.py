"""Explanations by raw column through transform, model and inverse stage, in this process."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from booster.serving import BoosterModel
from preprocessor import inverse
from preprocessor.serving import TransformModel, load_model
from tandem.contract.settings import Settings, read
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService, ServiceResponse
from tests.preprocessor.training_jobs import make_houses, train_job

CHAINED = {"SAGEMAKER_SAFE_PORT_RANGE": "9000-9999", "TANDEM_LABEL": "drop"}
NPY = "application/x-npy"
UNITS = {"log1p": "log(1 + SalePrice)", "none": "SalePrice"}


def ask(stages: list[ModelService], body: bytes, accept: str | None = None) -> ServiceResponse:
    """Send a request through the containers as the platform does: body and media type go on."""
    first, *others = stages
    answer = first.invoke("text/csv; header=present", None, body, ["explanation"])
    for stage in others:
        asked = accept if stage is stages[-1] else None
        answer = stage.invoke(answer.content_type, asked, answer.body)
    return answer


def build_stages(folder: Path, houses: pd.DataFrame, **hyperparameters: str) -> list[ModelService]:
    """Fit a transform and a booster behind it; give them with the inverse stage."""
    made = train_job(folder, houses, {"target": "SalePrice", **hyperparameters})
    transform = load_model(made.model)
    rows = houses.to_csv(index=False).encode()
    labelled = ModelService(transform, Settings()).invoke("text/csv; header=present", NPY, rows)
    matrix = np.load(io.BytesIO(labelled.body))
    names = list(transform.features)
    data = xgb.DMatrix(matrix[:, 1:], matrix[:, 0], feature_names=names)
    objective = hyperparameters.get("target_type") == "class" and "binary:logistic"
    booster = xgb.train(
        {"objective": objective or "reg:squarederror", "max_depth": 3, "nthread": 1}, data, 20
    )
    return [
        ModelService(transform, read(CHAINED)),
        ModelService(BoosterModel(booster), read(CHAINED)),
        ModelService(inverse.load_model(made.model), read(CHAINED)),
    ]


def read_rows(answer: ServiceResponse) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(answer.body)["predictions"]
    return rows


@pytest.mark.parametrize("scale", UNITS)
def test_raw_columns_and_base_add_up_to_the_price(tmp_path: Path, scale: str) -> None:
    houses = make_houses()
    interactions = json.dumps([["Size", "Slope"]])
    stages = build_stages(tmp_path, houses, target_scale=scale, interactions=interactions)
    body = houses.drop(columns="SalePrice").to_csv(index=False).encode()
    found = read_rows(ask(stages, body, "application/json"))
    assert len(found) == len(houses)
    for row in found:
        assert set(row["attributions"]) == {"Size", "Slope", "Zone", "LotFrontage", "PoolQC"}
        assert row["attribution_unit"] == UNITS[scale]
        total = sum(row["attributions"].values()) + row["base_value"]
        price = np.expm1(total) if scale == "log1p" else total
        assert price == pytest.approx(row["score"], rel=1e-5)


def test_names_of_classes_come_with_attributions_of_log_odds(tmp_path: Path) -> None:
    houses = make_houses()
    dear = houses["SalePrice"].astype(int) > houses["SalePrice"].astype(int).median()
    houses["SalePrice"] = np.where(dear, "dear", "cheap")
    stages = build_stages(tmp_path, houses, target_type="class")
    found = read_rows(ask(stages, houses.to_csv(index=False).encode(), "application/json"))
    for row, label in zip(found, houses["SalePrice"], strict=True):
        total = sum(row["attributions"].values()) + row["base_value"]
        assert row["predicted_label"] == label == ("dear" if total > 0 else "cheap")
        assert row["attribution_unit"] == "log-odds"


def test_an_explanation_needs_a_next_container(tmp_path: Path) -> None:
    made = train_job(tmp_path, make_houses(), {"target": "SalePrice"})
    model: TransformModel = load_model(made.model)
    body = make_houses().drop(columns="SalePrice").to_csv(index=False).encode()
    with pytest.raises(UserError, match="the model has no output 'explanation'"):
        ModelService(model, Settings()).invoke("text/csv", None, body, ("explanation",))
    with pytest.raises(UserError, match="are not for the next container"):
        ModelService(model, read(CHAINED)).invoke("text/csv", NPY, body, ("explanation",))


@pytest.mark.parametrize(
    "row",
    [
        '{"attributions": {"a": 1}}',
        '{"score": 1, "attributions": 2, "base_value": 0, "attribution_unit": "score"}',
        '{"score": 1, "attributions": {"a": "x"}, "base_value": 0, "attribution_unit": "score"}',
    ],
)
def test_what_is_no_explanation_is_refused(tmp_path: Path, row: str) -> None:
    made = train_job(tmp_path, make_houses(), {"target": "SalePrice"})
    service = ModelService(inverse.load_model(made.model), Settings())
    with pytest.raises(BadData, match="is no explained prediction"):
        service.invoke("application/json", None, row.encode())
