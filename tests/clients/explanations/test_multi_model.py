"""A multi-model endpoint with an explainer explains the model that a request names."""

from __future__ import annotations

import io
import json
import tarfile
import urllib.parse
import urllib.request
from collections.abc import Iterator

import numpy as np
import pytest
import xgboost as xgb

from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled
from tests.local_test.service.test_console import text, token

NAME = "explained-models"
BASE, RECORD = "0,0,0", "2,2,2\n"


def pack_model(column: int) -> bytes:
    """Return the archive of a booster whose only feature in use is a column of three."""
    rows = np.random.default_rng(column).integers(0, 3, (200, 3)).astype(np.float32)
    options = {"max_depth": 2, "eta": 1.0, "nthread": 1, "base_score": 0.0}
    booster = xgb.train(options, xgb.DMatrix(rows, 10.0 * rows[:, column]), num_boost_round=3)
    content = bytes(booster.save_raw("ubj"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        packed.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


@pytest.fixture(scope="module")
def explained(account: Account) -> Iterator[Account]:
    """The service with an endpoint of the models `0.tar.gz` and `2.tar.gz`, and an explainer."""
    store = account.bucket(NAME)
    for column in (0, 2):
        account.put(f"{store}/models/{column}.tar.gz", pack_model(column))
    container = {"Image": name_image("xgboost"), "ModelDataUrl": f"{store}/models/"}
    account.sagemaker.create_model(
        ModelName=NAME, ExecutionRoleArn=ROLE, PrimaryContainer=container | {"Mode": "MultiModel"}
    )
    variant = {"VariantName": "v", "ModelName": NAME, "InstanceType": "ml.m5.large"}
    shap = {"ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": BASE}}}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=NAME,
        ProductionVariants=[variant | {"InitialInstanceCount": 1}],
        ExplainerConfig={"ClarifyExplainerConfig": shap},
    )
    account.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName=NAME), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told
    yield account
    account.sagemaker.delete_endpoint(EndpointName=NAME)


@pytest.mark.parametrize("column", [0, 2])
def test_the_named_model_is_explained(explained: Account, column: int) -> None:
    answer = explained.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=NAME,
        TargetModel=f"{column}.tar.gz",
        Body=RECORD,
        ContentType="text/csv",
        Accept="text/csv",
        EnableExplanations="`true`",
    )
    [features] = json.loads(answer["Body"].read())["explanations"]["kernel_shap"]
    found = [one["attributions"][0]["attribution"][0] for one in features]
    expected = [20.0 if place == column else 0.0 for place in range(3)]
    assert found == pytest.approx(expected, abs=0.2)


def test_the_models_page_explains_a_line_of_csv(explained: Account) -> None:
    path = f"/console/model/{REGION}/{NAME}"
    form = {"token": token(explained, path), "line": RECORD, "target": "2.tar.gz"}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(explained.url + path, data) as answer:
        shown = text(answer.read().decode())
    exact, _, sampled = shown.partition("Prediction explained")[2].partition("Kernel SHAP")
    assert "Exact TreeSHAP, from the model, in score" in exact
    assert "2 +20 0 +0 1 +0 The attributions add up to " in sampled
