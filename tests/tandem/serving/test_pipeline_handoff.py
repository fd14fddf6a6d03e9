"""What one container says to the next without being asked, and what the next makes of it."""

from __future__ import annotations

import io

import numpy as np
import pytest

from tandem.contract.settings import read
from tandem.data.column_names import hash_names
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData
from tandem.serving.model_service import ModelService

CHAINED = {"SAGEMAKER_SAFE_PORT_RANGE": "9000-9999", "SAGEMAKER_BIND_TO_PORT": "8081"}
NAMES = ("area", "rooms")
MARK = f"application/x-npy; columns={hash_names(NAMES)}"


class Doubles:
    """A transform of two numbers; a third in front of them is the label."""

    features = NAMES
    schema = MatrixSchema(2)

    def predict(self, table: Table) -> Table:
        label = np.array([7.0]) if 13.0 in table.numbers else None
        return Table(2 * table.numbers, label=label, key=FEATURES, names=NAMES)

    def example(self) -> Table:
        return Table(np.zeros((1, 2)))


class Sums:
    """A model of two features."""

    def __init__(self, names: tuple[str, ...] | None) -> None:
        self.schema = MatrixSchema(2, names)

    def predict(self, table: Table) -> Table:
        return Table(table.numbers.sum(axis=1, keepdims=True))

    def example(self) -> Table:
        return Table(np.zeros((1, 2)))


@pytest.mark.parametrize("accept", [None, "*/*", " */* ", ""])
def test_features_pass_on_as_an_array_that_vouches_for_its_columns(accept: str | None) -> None:
    answer = ModelService(Doubles(), read(CHAINED)).invoke("text/csv", accept, b"0.1,2\n")
    assert answer.content_type == MARK
    assert np.load(io.BytesIO(answer.body)).tolist() == [[0.2, 4]]


@pytest.mark.parametrize(
    ("environment", "accept", "content_type"),
    [
        ({}, None, "text/csv"),
        (CHAINED, "text/csv", "text/csv"),
        (CHAINED, "application/x-npy", "application/x-npy"),
        (CHAINED | {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"}, None, "text/csv"),
        (
            CHAINED | {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/x-npy"},
            None,
            "application/x-npy",
        ),
        (
            CHAINED | {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv; header=present"},
            "*/*",
            "text/csv; header=present",
        ),
    ],
)
def test_one_container_alone_and_what_was_asked_for_stay_as_they_are(
    environment: dict[str, str], accept: str | None, content_type: str
) -> None:
    answer = ModelService(Doubles(), read(environment)).invoke("text/csv", accept, b"1,2\n")
    assert answer.content_type == content_type


def test_a_model_of_predictions_answers_csv_wherever_it_stands() -> None:
    answer = ModelService(Sums(None), read(CHAINED)).invoke("text/csv", None, b"1,2\n")
    assert (answer.content_type, answer.body) == ("text/csv", b"3.0\n")


def test_rows_with_a_label_vouch_for_nothing() -> None:
    answer = ModelService(Doubles(), read(CHAINED)).invoke("text/csv", None, b"13,2\n")
    assert answer.content_type == "application/x-npy"
    assert np.load(io.BytesIO(answer.body)).tolist() == [[7, 26, 4]]


def test_the_next_container_compares_the_features() -> None:
    passed = ModelService(Doubles(), read(CHAINED)).invoke("text/csv", None, b"1,2\n")
    for names in (NAMES, None):
        service = ModelService(Sums(names), read(CHAINED))
        assert service.invoke(passed.content_type, None, passed.body).body == b"6.0\n"
    for names in (("rooms", "area"), ("area", "bedrooms")):
        service = ModelService(Sums(names), read(CHAINED))
        with pytest.raises(BadData, match="the features are not those of the model, or not in"):
            service.invoke(passed.content_type, None, passed.body)
        assert service.invoke("application/x-npy", None, passed.body).body == b"6.0\n"
