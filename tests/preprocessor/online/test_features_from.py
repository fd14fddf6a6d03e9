"""Features of the store joined to requests: a preprocessor before the local service's store."""

from __future__ import annotations

import io
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from werkzeug.serving import make_server

from local_test.service.http.app import App
from preprocessor.serving import load_model
from tandem.contract import settings
from tandem.errors import BadData, FeaturesUnavailable, UserError
from tandem.serving.fast_path import NoFastPath
from tandem.serving.model_service import ModelService
from tandem.serving.server import make_handlers
from tests.clients.account import REGION
from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    FeatureService,
    open_feature_service,
)
from tests.local_test.service.resources.feature_groups.test_records import make_record
from tests.preprocessor.training_jobs import train_job

SCHEMA = {"id": "Integral", "when": "Fractional", "income": "Fractional", "city": "String"}
KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": REGION}
CUSTOMERS = 150


def draw_incomes() -> list[str]:
    """Incomes of all magnitudes and forms, some of them with digits that a float rounds."""
    rng = random.Random(0)  # noqa: S311 - no secret
    edges = ["0.1000000000000000055511151231257827", "1e-320", "5e-324", "-0.0", "+.5", "007."]
    edges += ["1E5", "1e23", "9007199254740993", "-1.5e308", "1e-400"]
    plain = [
        repr(rng.uniform(-1, 1) * 10 ** rng.randint(-30, 30)) for _ in range(CUSTOMERS - len(edges))
    ]
    return [*plain, *edges]


class Shop:
    """A service with a group of customers, and its address over HTTP."""

    def __init__(self, service: FeatureService, url: str) -> None:
        self.service, self.url = service, url
        self.calls = list[int]()
        self.variables = {**KEYS, "AWS_ENDPOINT_URL": url}
        self.table = service.create("customers", SCHEMA)["OfflineStoreConfig"]["DataCatalogConfig"][
            "TableName"
        ]
        for number, income in enumerate(draw_incomes()):
            self.put(number, income=income, city="Ulm" if number % 3 else "Bonn")
        self.put(900, city="Kiel")

    def put(self, key: int, **values: str) -> None:
        runtime = self.service.client("sagemaker-featurestore-runtime")
        record = make_record(id=key, when=1.7e9, **values)
        runtime.put_record(FeatureGroupName="customers", Record=record)

    @cached_property
    def training_set(self) -> pd.DataFrame:
        """The offline store's values, with an amount and a price of each row."""
        rows = Queries(self.service).select(
            f"SELECT id, income, city FROM sagemaker_featurestore.{self.table} WHERE id < 900"  # noqa: S608
            " ORDER BY id",
            page_size=1000,
        )
        frame = pd.DataFrame(rows, columns=["id", "income", "city"], dtype=str)
        frame["amount"] = frame["id"].astype(int).mod(7).astype(str)
        frame["price"] = frame["id"].astype(int).mul(3).astype(str)
        return frame[["amount", "id", "income", "city", "price"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_feature_service(tmp_path_factory.mktemp("shop")) as service:
        app, calls = App(service.backend), list[int]()

        def count_calls(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            calls.append(environ["REMOTE_PORT"])
            return app(environ, start)

        server = make_server("127.0.0.1", 0, count_calls, threaded=True)
        with serve(server) as url:
            shop = Shop(service, url)
            shop.calls = calls
            yield shop


@contextmanager
def serve(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def folders(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that fits a recipe whose source has these options, once for each."""
    fitted: dict[str, Path] = {}
    table = shop.training_set

    def fit(**source: Any) -> Path:
        text = json.dumps([make_source(**source)])
        if text not in fitted:
            given = {"target": "price", "features_from": text}
            root = tmp_path_factory.mktemp("fit")
            fitted[text] = train_job(root, table, given).model
        return fitted[text]

    return fit


def make_source(**source: Any) -> dict[str, Any]:
    plain = {"group": "customers", "identifier": "id", "columns": ["income", "city"]}
    return {**plain, "timeout_ms": 20_000, **source}


@pytest.fixture
def open_model(
    shop: Shop, folders: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ModelService]:
    def load(variables: Mapping[str, str] = {}, **source: Any) -> ModelService:
        for name, text in {**shop.variables, **variables}.items():
            monkeypatch.setenv(name, text)
        return ModelService(load_model(folders(**source)), settings.read({}))

    return load


def ask(service: ModelService, body: str, content_type: str = "text/csv") -> str:
    return service.invoke(content_type, "text/csv", body.encode()).body.decode()


def test_the_offline_dataset_and_the_online_answer_are_the_same_bits(
    shop: Shop, open_model: Callable[..., ModelService]
) -> None:
    model, table = open_model(), shop.training_set
    whole = ask(model, table.drop(columns="price").to_csv(index=False))
    before = len(shop.calls)
    short = ask(model, table[["id", "amount"]].to_csv(index=False))
    assert short == whole
    assert len(shop.calls) - before == 2  # 150 identifiers, of which a call has 100
    assert len({*whole.splitlines()}) > CUSTOMERS / 2
    unnamed = ask(model, table[["amount", "id"]].to_csv(index=False, header=False))
    assert unnamed == whole


def test_columns_that_a_request_has_are_not_fetched(
    shop: Shop, open_model: Callable[..., ModelService]
) -> None:
    model = open_model()
    before = len(shop.calls)
    own = ask(model, "amount,income,city\n1,5,Ulm\n")
    assert len(shop.calls) == before
    assert own == ask(model, "amount,id,income,city\n1,3,5,Ulm\n")
    fetched = ask(model, "amount,id,income\n1,3,5\n")
    assert len(shop.calls) == before + 1
    assert fetched == ask(model, "amount,income,city\n1,5,Bonn\n")


def test_every_format_finds_records_by_the_same_identifiers(
    open_model: Callable[..., ModelService],
) -> None:
    model = open_model()
    expected = ask(model, "id,amount\n4,1\n4,2\n")
    rows = [{"id": 4, "amount": 1}, {"id": 4, "amount": 2}]
    assert ask(model, json.dumps({"instances": rows}), "application/json") == expected
    buffer = io.BytesIO()
    pd.DataFrame({"id": [4.0, 4.0], "amount": [1, 2]}).to_parquet(buffer)
    answer = model.invoke("application/x-parquet", "text/csv", buffer.getvalue())
    assert answer.body.decode() == expected


def test_a_row_without_a_record_follows_the_policy(
    open_model: Callable[..., ModelService],
) -> None:
    body, missing = "id,amount\n3,1\n777,1\n,1\n", "id,amount,income,city\n3,1,,\n"
    with pytest.raises(BadData) as refused:
        ask(open_model(), body)
    assert str(refused.value) == (
        "row 3, column 'id': no record has this identifier in feature group 'customers'. Send"
        " 'income' and 'city' with the row."
    )
    model = open_model(absent="missing")
    assert ask(model, body).splitlines()[1:] == ask(model, missing).splitlines() * 2
    model = open_model(absent={"income": 12.5, "city": "Bonn"})
    default = ask(model, missing.replace(",,", ",12.5,Bonn"))
    assert ask(model, body).splitlines()[1:] == default.splitlines() * 2
    # A record that lacks a feature is there: the feature is missing, as in the offline store.
    lacking = ask(model, "id,amount,income,city\n900,1,,Kiel\n")
    assert ask(model, "id,amount\n900,1\n") == lacking


def test_a_request_without_an_identifier_is_refused(
    open_model: Callable[..., ModelService],
) -> None:
    with pytest.raises(BadData, match="columns 'income' and 'city' are not there, and 'id' is not"):
        ask(open_model(), "amount\n1\n")
    with pytest.raises(BadData, match=r"row 2, column 'id': the feature store refuses"):
        ask(open_model(), "amount,id\n1,seven\n")
    with pytest.raises(BadData, match=r"3 columns, and 4, 2 without 'income' and 'city' or 5 with"):
        ask(open_model(), "1,2,3\n")


class Silence(BaseHTTPRequestHandler):
    """A store that does not answer in time, or with an error below /broken."""

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/broken"):
            self.send_error(500)
        else:
            time.sleep(0.5)


@pytest.mark.parametrize(
    ("place", "reason"),
    [("", "no answer within 30 ms"), ("/broken", "status 500"), (None, "refused")],
)
def test_a_store_that_fails_is_503_or_missing(
    open_model: Callable[..., ModelService], place: str | None, reason: str
) -> None:
    with serve(ThreadingHTTPServer(("127.0.0.1", 0), Silence)) as url:
        address = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1" if place is None else url + place}
        with pytest.raises(FeaturesUnavailable, match=reason) as failed:
            ask(open_model(address, timeout_ms=30), "id,amount\n3,1\n")
        assert failed.value.status == 503
        model = open_model(address, timeout_ms=30, unavailable="missing")
        assert ask(model, "id,amount\n3,1\n") == ask(model, "id,amount,income,city\n3,1,,\n")


def test_the_event_loop_does_not_wait_for_the_store(
    open_model: Callable[..., ModelService],
) -> None:
    assert isinstance(make_handlers(open_model()).fast_path, NoFastPath)


def test_a_group_that_is_not_there_is_503(
    shop: Shop, open_model: Callable[..., ModelService]
) -> None:
    with pytest.raises(FeaturesUnavailable, match="no feature group nobody"):
        ask(open_model(group="nobody"), "id,amount\n3,1\n")
    arn = shop.service.sagemaker.describe_feature_group(FeatureGroupName="customers")
    found = ask(open_model(group=arn["FeatureGroupArn"]), "id,amount\n3,1\n")
    assert found == ask(open_model(), "id,amount\n3,1\n")


def test_records_are_cached_only_if_asked(
    shop: Shop, open_model: Callable[..., ModelService]
) -> None:
    for seconds, calls in ((0, 2), (3600, 1)):
        model = open_model(cache_seconds=seconds)
        before = len(shop.calls)
        assert ask(model, "id,amount\n3,1\n") == ask(model, "id,amount\n3,1\n")
        assert len(shop.calls) - before == calls


def test_a_feature_may_have_another_name_than_its_column(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = shop.training_set.rename(columns={"income": "earns"})
    source = make_source(columns={"earns": "income"})
    given = {"target": "price", "features_from": json.dumps([source])}
    folder = train_job(tmp_path, table, given).model
    for name, text in shop.variables.items():
        monkeypatch.setenv(name, text)
    model = ModelService(load_model(folder), settings.read({}))
    short = ask(model, table.drop(columns=["price", "earns"]).to_csv(index=False))
    assert short == ask(model, table.drop(columns="price").to_csv(index=False))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"columns": ["incom"]}, "column 'incom' is not in the header.*did you mean 'income'"),
        ({"columns": ["price"]}, "'features_from.0' fetches column 'price', which is the target"),
        ({"columns": []}, "'features_from.0.columns' must be a list of columns"),
        ({"identifier": "income"}, "has the identifier 'income', which a request does not have"),
        ({"absent": {"town": 1}}, "'features_from.0.absent.town' is no column of this group"),
        ({"absent": "maybe"}, "'features_from.0.absent' must be 'error', 'missing', or"),
        ({"timeout_ms": 0}, "'features_from.0.timeout_ms' must be a whole number"),
        ({"timeout": 5}, "'features_from.0.timeout' is no option.*did you mean 'timeout_ms'"),
    ],
)
def test_an_invalid_source_is_refused_before_the_fit(
    shop: Shop, tmp_path: Path, source: dict[str, Any], reason: str
) -> None:
    given = {"target": "price", "features_from": json.dumps([make_source(**source)])}
    with pytest.raises(UserError, match=reason):
        train_job(tmp_path, shop.training_set, given)
