"""boto3 explains the prices of raw records online, through both images and an explainer."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import urllib.parse
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled
from tests.conftest import Pipeline
from tests.local_test.service.test_console import text, token

NAME = "explained-prices"


@pytest.fixture(scope="module")
def explained(account: Account, pipeline: Pipeline) -> list[bytes]:
    """An endpoint of both images with an explainer; the records that a request may have."""
    baseline, *records = pipeline.records(4)
    store = account.bucket(NAME)
    for part, archive in {"transform": pipeline.transform, "booster": pipeline.booster}.items():
        for path in (archive, archive.with_name("output.tar.gz")):
            account.put(f"{store}/{part}/{path.name}", path.read_bytes())
    account.put(f"{store}/baseline.csv", baseline)
    images = {"transform": "preprocessor", "booster": "xgboost"}
    account.sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=ROLE,
        Containers=[
            {"Image": name_image(image), "ModelDataUrl": f"{store}/{part}/model.tar.gz"}
            for part, image in images.items()
        ],
    )
    variant = {"VariantName": "v", "ModelName": NAME, "InstanceType": "ml.m5.large"}
    shap = {
        "ShapBaselineConfig": {"ShapBaselineUri": f"{store}/baseline.csv"},
        "NumberOfSamples": 300,
        "Seed": 1,
    }
    inference = {"FeatureHeaders": list(pipeline.split.records.columns), "MaxRecordCount": 200}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=NAME,
        ProductionVariants=[variant | {"InitialInstanceCount": 1}],
        ExplainerConfig={
            "ClarifyExplainerConfig": {"InferenceConfig": inference, "ShapConfig": shap}
        },
    )
    account.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName=NAME), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told
    assert told["ExplainerConfig"]["ClarifyExplainerConfig"]["ShapConfig"] == shap
    return [baseline, *records]


def invoke(account: Account, body: bytes, **more: str) -> dict[str, Any]:
    answer = account.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=NAME, Body=body, ContentType="text/csv", Accept="text/csv", **more
    )
    assert answer["ContentType"] == "application/json"
    return dict(json.loads(answer["Body"].read()))


def test_attributions_of_raw_columns_add_up_to_the_price(
    account: Account, explained: list[bytes]
) -> None:
    plain = invoke(account, b"".join(explained), EnableExplanations="`false`")
    assert set(plain) == {"version", "predictions", "explanations"}
    assert (plain["version"], plain["explanations"]) == ("1.0", {})
    assert plain["predictions"]["content_type"] == "text/csv"
    base, *prices = [float(line) for line in plain["predictions"]["data"].splitlines()]
    limit = sorted(prices)[-2]
    told = invoke(account, b"".join(explained[1:]), EnableExplanations=f"[0]>`{limit}`")
    found = told["explanations"]["kernel_shap"]
    assert [one is not None for one in found] == [price > limit for price in prices]
    highest = prices.index(max(prices))
    total = sum(column["attributions"][0]["attribution"][0] for column in found[highest])
    assert total == pytest.approx(prices[highest] - base, rel=1e-5)
    own, other = next(csv.reader(io.StringIO(explained[highest + 1].decode()))), explained[0]
    for column, value, same in zip(
        found[highest], own, next(csv.reader(io.StringIO(other.decode()))), strict=True
    ):
        if value == same:  # with the baseline's own value a column changes nothing
            assert abs(column["attributions"][0]["attribution"][0]) < 0.02 * prices[highest]


def test_exact_values_of_the_model_are_in_the_predictions(
    account: Account, explained: list[bytes]
) -> None:
    exact = {"EnableExplanations": "`false`", "CustomAttributes": "output=explanation"}
    told = invoke(account, explained[1], **exact)
    plain = invoke(account, explained[1], EnableExplanations="`false`")
    [row] = csv.reader(io.StringIO(told["predictions"]["data"]))
    score, _, base, unit = row
    assert float(score) == float(plain["predictions"]["data"])
    assert 10 < float(base) < 14
    assert unit == "log(score)"


def test_an_expression_that_is_no_condition_is_a_model_error(
    account: Account, explained: list[bytes]
) -> None:
    with pytest.raises(ClientError, match="from explainer with message") as refused:
        invoke(account, explained[0], EnableExplanations="[0]")
    told = refused.value.response
    assert (told["Error"]["Code"], told["OriginalStatusCode"]) == ("ModelError", 400)
    assert "EnableExplanations is neither true nor false" in told["OriginalMessage"]


def test_the_models_page_explains_a_record_that_is_typed_in(
    account: Account, explained: list[bytes], pipeline: Pipeline
) -> None:
    path = f"/console/model/{REGION}/{NAME}"
    page = account.page("model", NAME)
    assert "Gain of the booster, by raw column" in page
    assert 'name="cell:LotArea"' in page
    names = list(pipeline.split.records.columns)
    cells = next(csv.reader(io.StringIO(explained[1].decode())))
    form = {f"cell:{name}": cell for name, cell in zip(names, cells, strict=True)}
    form |= {"token": token(account, path), "variant": f"{NAME}/v"}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(account.url + path, data) as answer:
        shown = text(answer.read().decode())
    plain = invoke(account, explained[1], EnableExplanations="`false`")
    price = float(plain["predictions"]["data"])
    exact, _, sampled = shown.partition("Prediction explained")[2].partition("Kernel SHAP")
    assert f"Prediction {price:.6g} , by endpoint {NAME}" in exact
    total = re.search(r"add up to ([\d.]+), which is the prediction in log\(score\)", exact)
    assert total is not None
    assert math.exp(float(total[1])) == pytest.approx(price, rel=1e-4)
    assert f"OverallQual = {cells[names.index('OverallQual')]}" in exact
    base = invoke(account, explained[0], EnableExplanations="`false`")
    rise = re.search(r"add up to ([-\d.]+): the prediction less the mean prediction", sampled)
    assert rise is not None
    difference = price - float(base["predictions"]["data"])
    assert float(rise[1]) == pytest.approx(difference, rel=1e-4, abs=1.0)


@pytest.mark.usefixtures("explained")
def test_the_models_page_says_why_a_record_is_not_explained(account: Account) -> None:
    path = f"/console/model/{REGION}/{NAME}"
    form = {"token": token(account, path), "cell:LotArea": "wide", "variant": f"{NAME}/v"}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(account.url + path, data) as answer:
        shown = text(answer.read().decode())
    assert "Refused Received client error (400)" in shown
