"""Every house, explained through both containers by the columns that its record has."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from examples.house_prices import data
from local_test.endpoints import Endpoint
from tests.conftest import Pipeline

ASKED = {"X-Amzn-SageMaker-Custom-Attributes": "trace=4711;output=explanation"}


def test_columns_and_base_add_up_to_the_price_of_every_house(
    endpoint: Endpoint, pipeline: Pipeline
) -> None:
    files = (pipeline.split.train, pipeline.split.holdout)
    parts = [pd.read_csv(file, keep_default_na=False, dtype=str) for file in files]
    houses = pd.concat(parts).drop(columns=data.TARGET)
    assert len(houses) == pipeline.split.rows
    for start in range(0, len(houses), 365):
        body = houses[start : start + 365].to_csv(index=False).encode()
        plain = endpoint.invoke(body, "text/csv", "application/json")
        answer = endpoint.invoke(body, "text/csv", "application/json", ASKED)
        rows = json.loads(answer.body)["predictions"]
        prices = [row["score"] for row in json.loads(plain.body)["predictions"]]
        assert [row["score"] for row in rows] == prices
        for row in rows:
            assert row["attribution_unit"] == "log(score)"
            assert set(row["attributions"]) < set(houses.columns)
        totals = [sum(row["attributions"].values()) + row["base_value"] for row in rows]
        np.testing.assert_allclose(np.exp(totals), prices, rtol=5e-5)  # 1,500 trees in float32
