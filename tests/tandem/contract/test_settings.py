from __future__ import annotations

from pathlib import Path

import pytest

from tandem.contract import settings
from tandem.contract.settings import MEGABYTE
from tandem.errors import UserError


def test_a_silent_environment_gives_the_contracts_defaults() -> None:
    environment = settings.read({})
    assert environment.base_dir == Path("/opt/ml")
    assert environment.port == 8080
    assert environment.address == "0.0.0.0"
    assert environment.default_accept is None
    assert environment.payload_limit() == 25 * MEGABYTE


def test_variables_are_typed() -> None:
    environment = settings.read(
        {"SAGEMAKER_BIND_TO_PORT": "8081", "SAGEMAKER_MODEL_SERVER_WORKERS": "3"}
    )
    assert (environment.port, environment.workers) == (8081, 3)


def test_a_bad_value_is_refused_by_the_variables_name() -> None:
    with pytest.raises(UserError, match=r"SAGEMAKER_BIND_TO_PORT must be a whole number from 1"):
        settings.read({"SAGEMAKER_BIND_TO_PORT": "http"})


@pytest.mark.parametrize("text", ["false", "False", "0"])
def test_batch_is_judged_by_its_value_and_not_by_its_presence(text: str) -> None:
    assert settings.read({"SAGEMAKER_BATCH": text}).batch is False


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ({}, 100 * MEGABYTE),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "50"}, 50 * MEGABYTE),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}, None),
    ],
)
def test_batch_transform_has_its_own_limit(given: dict[str, str], limit: int | None) -> None:
    assert settings.read({"SAGEMAKER_BATCH": "true", **given}).payload_limit() == limit
