"""The answers of a running image by HTTP: statuses, forms and values, on each engine."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import urllib3
import xgboost as xgb

from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line

NAMES = ["n1", "n2", "n3", "n4"]
ROWS = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
LIMIT = 1 << 20
CSV = b"0.5,-1,,2\n1,1,1,1\n"
ASKED = np.array([[0.5, -1, np.nan, 2], [1, 1, 1, 1]], dtype=np.float32)


@pytest.fixture(scope="module")
def booster() -> xgb.Booster:
    matrix = xgb.DMatrix(ROWS, ROWS[:, 0] + ROWS[:, 1] > 0, feature_names=NAMES)
    return xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, matrix, 5)


@pytest.fixture(scope="module")
def model(booster: xgb.Booster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "xgboost-model").write_bytes(bytes(booster.save_raw("ubj")))
    return folder


@pytest.fixture(scope="module")
def url(engine: Engine, model: Path) -> Iterator[str]:
    stage = Stage("xgboost", model, {"MAX_CONTENT_LENGTH": str(LIMIT)})
    with Endpoint([stage], engine, logs=discard_line) as endpoint:
        yield endpoint.urls[0]


def send(
    url: str, body: bytes = CSV, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> urllib3.BaseHTTPResponse:
    given = {"Content-Type": "text/csv"} | dict(headers or {})
    return urllib3.request(method, url, body=body, headers=given, retries=False, timeout=60)


def scores(answer: urllib3.BaseHTTPResponse) -> list[float]:
    assert answer.status == 200, answer.data
    return [float(np.float32(line)) for line in answer.data.split()]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CSV, "Text/CSV ; Charset=utf-8"),
        (b'"0.5","-1",,"2"\r\n1,1,1,1', "text/csv"),
        (b"n4,n3,n2,n1\n2,,-1,0.5\n1,1,1,1\n", "text/csv; header=present"),
        (b"0:0.5 1:-1 3:2\n0:1 1:1 2:1 3:1\n", "text/libsvm"),
        (b'{"instances": [[0.5, -1, null, 2], [1, 1, 1, 1]]}', "application/json"),
        (
            b'{"instances": [{"n4": 2, "n2": -1, "n1": 0.5, "n3": null},'
            b' {"n1": 1, "n2": 1, "n3": 1, "n4": 1}]}',
            "application/json",
        ),
        (b"[0.5, -1, null, 2]\n[1, 1, 1, 1]\n", "application/jsonlines"),
    ],
)
def test_the_same_rows_get_the_models_scores_in_every_form(
    url: str, booster: xgb.Booster, body: bytes, content_type: str
) -> None:
    answer = send(f"{url}/invocations", body, {"Content-Type": content_type})
    assert scores(answer) == booster.inplace_predict(ASKED).tolist()


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", "text/csv"),
        ("*/*", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("image/png, application/jsonlines;q=0.5", "application/jsonlines"),
        ("application/json;q=0, */*", "text/csv"),
        ("application/x-npy; q=1, text/csv; q=0.9", "application/x-npy"),
    ],
)
def test_accept_is_weighed(url: str, accept: str, answered: str) -> None:
    answer = send(f"{url}/invocations", headers={"Accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (200, answered)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "words"),
    [
        ("POST", "/invocations", b"", {}, 400, "the body is empty"),
        ("POST", "/invocations", b"\n", {}, 400, "the body is empty"),
        ("POST", "/invocations", b"1,2,3\n", {}, 400, "row 1, column 'n4': a row has 3 columns"),
        ("POST", "/invocations", b"1,2,3,4,5\n", {}, 400, "row 1, column '5': a row has 5 col"),
        ("POST", "/invocations", b"1,2,x,4\n", {}, 400, "row 1, column '3': a number is expected"),
        ("POST", "/invocations", b"1,2,3,4\n\n1,2,3,4\n", {}, 400, "row 2: the row is empty"),
        (
            "POST",
            "/invocations",
            b"{",
            {"Content-Type": "application/json"},
            400,
            "the body is not valid JSON",
        ),
        ("POST", "/nowhere", CSV, {}, 404, "there is no such route"),
        ("GET", "/invocations", b"", {}, 405, "the route is not for this method"),
        ("OPTIONS", "/invocations", b"", {}, 405, "the route is not for this method"),
        ("POST", "/invocations", b"x", {"Accept": "image/png"}, 406, "no answer can be written"),
        ("POST", "/invocations", b"1" * (LIMIT + 1), {}, 413, "over the limit of 1,048,576 bytes"),
        ("POST", "/invocations", CSV, {"Content-Type": "image/png"}, 415, "is not read here"),
        ("POST", "/invocations?output=labls", CSV, {}, 400, "did you mean 'labels'?"),
    ],
)
def test_a_request_that_does_not_fit_is_told_so(
    url: str, method: str, path: str, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = send(f"{url}{path}", body, headers, method)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json")
    assert words in json.loads(answer.data)["message"]
    assert "Traceback" not in answer.data.decode()


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 413)])
def test_a_body_in_chunks_is_read_whole_or_refused(url: str, extra: int, status: int) -> None:
    line = b"0.5,-1,0.25,2.125\n"
    rows = LIMIT // len(line) - 1
    last = LIMIT - rows * len(line) + extra - len(b"1,1,1,")
    body = line * rows + b"1,1,1," + b"0" * last
    assert len(body) == LIMIT + extra
    parts = (body[start : start + 65536] for start in range(0, len(body), 65536))
    headers = {"Content-Type": "text/csv", "Transfer-Encoding": "chunked"}
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("POST", "/invocations", parts, headers, encode_chunked=True)
        answer = connection.getresponse()
        lines = answer.read().splitlines()
    assert answer.status == status
    assert status == 413 or len(lines) == rows + 1


def test_what_is_asked_for_by_name_goes_before_what_is_set(
    engine: Engine, model: Path, booster: xgb.Booster
) -> None:
    (score,) = booster.inplace_predict(ASKED[1:]).tolist()
    setting = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,labels"}
    row = b"1,1,1,1\n"
    with Endpoint([Stage("xgboost", model, setting)], engine, logs=discard_line) as endpoint:
        address = f"{endpoint.urls[0]}/invocations"
        by_setting = send(address, row).data
        named = {"X-Amzn-SageMaker-Custom-Attributes": "trace=1; output=probability"}
        by_header = scores(send(address, row, named))
        by_query = scores(send(f"{address}?output=predicted_label", row, named))
    assert by_setting == f'{int(score > 0.5)},"[0, 1]"\n'.encode()
    assert (by_header, by_query) == ([score], [float(score > 0.5)])


@pytest.mark.parametrize(("value", "batch"), [("true", True), ("True", True), ("false", False)])
def test_batch_is_judged_by_its_value(
    engine: Engine, model: Path, booster: xgb.Booster, value: str, batch: bool
) -> None:
    """In batch the job's limit holds; answers are those of an endpoint, in the form asked for."""
    environment = {
        "SAGEMAKER_BATCH": value,
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "3",
        "MAX_CONTENT_LENGTH": str(LIMIT),
        "SAGEMAKER_INFERENCE_OUTPUT": "probability",
    }
    large = b"1,1,1,1\n" * (2 * LIMIT // 8)
    with Endpoint([Stage("xgboost", model, environment)], engine, logs=discard_line) as endpoint:
        address = f"{endpoint.urls[0]}/invocations"
        parameters = json.loads(
            send(f"{endpoint.urls[0]}/execution-parameters", b"", {}, "GET").data
        )
        size = send(address, large).status
        plain, as_json = send(address), send(address, headers={"Accept": "application/json"})
    assert (size, parameters["MaxPayloadInMB"]) == ((200, 3) if batch else (413, 1))
    assert scores(plain) == booster.inplace_predict(ASKED).tolist()
    found = [row["probability"] for row in json.loads(as_json.data)["predictions"]]
    assert [float(np.float32(score)) for score in found] == scores(plain)
