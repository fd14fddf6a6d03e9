"""The answer table of the hosting contract, asked of the Flask application."""

from __future__ import annotations

import json

import numpy as np
import pytest
from flask.testing import FlaskClient

from tandem.contract import settings
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import Table
from tandem.serving.app import create_app
from tandem.serving.model_service import ModelService, make_execution_parameters


class Sums:
    """A model that adds up a row, and breaks on 13."""

    schema = MatrixSchema(2)

    def predict(self, table: Table) -> Table:
        sums = table.numbers.sum(axis=1, keepdims=True)
        if 13.0 in sums:
            raise RuntimeError("secret of the model")
        return Table(sums)

    def example(self) -> Table:
        return Table(np.zeros((1, 2)))


@pytest.fixture
def client() -> FlaskClient:
    environment = settings.read({"MAX_CONTENT_LENGTH": "64"})
    return create_app(ModelService(Sums(), environment, workers=3)).test_client()


def test_a_row_in_is_a_row_out(client: FlaskClient) -> None:
    answer = client.post("/invocations", data="1,2\n3,4\n", content_type="text/csv; charset=utf-8")
    assert (answer.status_code, answer.data) == (200, b"3.0\n7.0\n")
    assert answer.headers["Content-Type"] == "text/csv"


def test_content_type_and_accept_may_be_left_out(client: FlaskClient) -> None:
    assert client.post("/invocations", data=b"1,2").data == b"3.0\n"


def test_ping_is_empty(client: FlaskClient) -> None:
    answer = client.get("/ping")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("1,x", {}, 400, "BadData"),
        ("1,2,3", {}, 400, "BadData"),
        ("", {}, 400, "BadData"),
        ("1,2", {"Content-Type": "image/png"}, 415, "UnsupportedContentType"),
        ("1,2", {"Accept": "image/png"}, 406, "NotAcceptable"),
        ("1," + "2" * 64, {}, 413, "PayloadTooLarge"),
    ],
)
def test_a_request_at_fault_is_told_so(
    client: FlaskClient, body: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = client.post("/invocations", data=body, headers={"Content-Type": "text/csv", **headers})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.data)["code"] == code


def test_the_place_of_a_mistake_is_data_too(client: FlaskClient) -> None:
    answer = json.loads(client.post("/invocations", data="1,2\n3,x", content_type="text/csv").data)
    assert (answer["row"], answer["column"]) == (2, "2")


def test_other_routes_and_verbs_are_refused(client: FlaskClient) -> None:
    assert client.get("/nothing").status_code == 404
    answer = client.get("/invocations")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_failing_model_gives_500_without_its_words(client: FlaskClient) -> None:
    answer = client.post("/invocations", data="6,7", content_type="text/csv")
    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert json.loads(answer.data) == {
        "code": "InternalServerError",
        "message": "the server failed",
    }


def test_execution_parameters_tell_batch_transform_the_truth(client: FlaskClient) -> None:
    assert client.get("/execution-parameters").get_json() == {
        "MaxConcurrentTransforms": 6,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 1,
    }


@pytest.mark.parametrize(
    ("workers", "told"), [(2, (4, 6)), (8, (16, 6)), (9, (18, 5)), (48, (96, 1)), (96, (100, 1))]
)
def test_no_more_megabytes_are_under_way_than_the_service_takes(
    workers: int, told: tuple[int, int]
) -> None:
    found = json.loads(make_execution_parameters(None, workers).body)
    assert (found["MaxConcurrentTransforms"], found["MaxPayloadInMB"]) == told


def test_an_accept_that_cannot_be_the_default_stops_the_start() -> None:
    environment = settings.read({"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "image/png"})
    with pytest.raises(Exception, match="no answer can be written as 'image/png'"):
        ModelService(Sums(), environment)
