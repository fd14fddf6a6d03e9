"""A recipe that the image itself made, and the API before a runtime that fails when told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.api.front.api import Api
from deploy.api.front.settings import Settings
from tests.deploy import runtime
from tests.deploy.runtime import Runtime
from tests.preprocessor.training_jobs import make_houses, train_job

COLUMNS = {
    "Zone": "category",
    "Pool": {"type": "boolean", "missing_column": "missing"},
    "Slope": {"type": "number", "unparsable": "missing"},
}


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe of a fit: Size, Slope, Zone, LotFrontage and Pool become features, Id does not."""
    table = make_houses().drop(columns=["PoolQC", "Agent", "Ghost"])
    table["Pool"] = ["yes", "no"] * 30
    table["Weight"] = "1"
    wishes = {"target": "SalePrice", "weight": "Weight", "columns": json.dumps(COLUMNS)}
    return train_job(tmp_path_factory.mktemp("recipe"), table, wishes).model / "recipe.json"


@pytest.fixture(scope="session")
def server() -> Iterator[Runtime]:
    with runtime.run_runtime() as server:
        yield server


@pytest.fixture
def api(server: Runtime, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API before the failing runtime, which begins anew."""
    server.turns, server.seen = [runtime.Turn()], []
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    return Api(Settings("houses", recipe, ("https://here.example",), 2000, 0.5))
