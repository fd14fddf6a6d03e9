"""The function behind API Gateway: what it makes of records, and what it tells a client."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from deploy.api.front import fields, records, settings
from deploy.api.front.api import Api
from deploy.api.front.problems import Problem
from tests.deploy.events import build_http_event, build_rest_event, read_problem
from tests.deploy.runtime import PREDICTIONS, Runtime, Turn

HOUSE: dict[str, Any] = {"Size": 120.5, "Slope": 0.25, "Zone": "RL", "LotFrontage": None}
Kind = Callable[..., dict[str, Any]]


def body(**changes: Any) -> str:
    return json.dumps(HOUSE | changes)


@pytest.mark.parametrize("kind", [build_rest_event, build_http_event])
def test_a_record_becomes_the_endpoints_payload_and_its_answer_the_clients(
    api: Api, server: Runtime, kind: Kind
) -> None:
    server.turns = [Turn(attributes="unseen=1")]
    answer = api.answer(kind(body=body(Id=7), X_Request_Id="mine-42"))
    assert (answer["statusCode"], answer["body"]) == (200, PREDICTIONS)
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["X-Request-Id"] == "mine-42"
    assert answer["headers"]["X-Model-Attributes"] == "unseen=1"
    [(path, headers, sent)] = server.seen
    assert path == "/endpoints/houses/invocations"
    # By name and in the order of the training data; `Id` is known though nothing is made of it.
    row = {"Id": 7, "Size": 120.5, "Slope": 0.25, "Zone": "RL", "LotFrontage": None}
    assert sent.decode() == json.dumps({"instances": [row]})
    assert headers["Content-Type"] == headers["Accept"] == "application/json"
    assert headers["X-Amzn-SageMaker-Inference-Id"] == "mine-42"
    assert headers["X-Amzn-SageMaker-Custom-Attributes"] == "request-id=mine-42"


def test_a_list_of_records_in_base64_is_one_payload_of_rows_with_the_same_names(
    api: Api, server: Runtime
) -> None:
    pair = [HOUSE, HOUSE | {"Zone": 20, "Pool": True}]
    answer = api.answer(build_http_event(body=json.dumps(pair).encode()))
    assert answer["statusCode"] == 200
    first, second = json.loads(server.seen[0][2])["instances"]
    assert first == HOUSE | {"Pool": None}
    assert second == HOUSE | {"Zone": 20, "Pool": True}
    assert answer["headers"]["X-Request-Id"] == "gateway-2"


EXPLAINED = {
    "score": 208500.12345678,
    "attributions": {"Size": 0.021, "Zone": -0.34, "Slope": 0.0},
    "base_value": 11.97,
    "attribution_unit": "log(1 + SalePrice)",
}
RANKED = [
    {"column": "Zone", "attribution": -0.34},
    {"column": "Size", "attribution": 0.021},
    {"column": "Slope", "attribution": 0.0},
]


@pytest.mark.parametrize("kind", [build_rest_event, build_http_event])
def test_an_explanation_has_the_most_important_column_first(
    api: Api, server: Runtime, kind: Kind
) -> None:
    classes = EXPLAINED | {"attributions": [EXPLAINED["attributions"]] * 2}
    server.turns = [Turn(body=json.dumps({"predictions": [EXPLAINED, classes]}))]
    query = {"queryStringParameters": {"explain": "true"}, "rawQueryString": "explain=true"}
    answer = api.answer(kind(body=body(), X_Request_Id="mine-42") | query)
    first, second = json.loads(answer["body"])["predictions"]
    assert first == EXPLAINED | {"attributions": RANKED}
    assert second["attributions"] == [RANKED] * 2
    sent = server.seen[0][1]["X-Amzn-SageMaker-Custom-Attributes"]
    assert sent == "request-id=mine-42;output=explanation"


def test_a_model_without_explanation_and_an_unclear_wish_are_told(
    api: Api, server: Runtime
) -> None:
    query = {"queryStringParameters": {"explain": "true"}}
    problem = read_problem(api.answer(build_rest_event(body=body()) | query))
    assert (problem["status"], problem["detail"]) == (502, "The model gives no explanation.")
    query = {"queryStringParameters": {"explain": "yes"}}
    problem = read_problem(api.answer(build_rest_event(body=body()) | query))
    assert problem["status"] == 400
    assert "explain is true or false, not 'yes'" in problem["detail"]
    assert len(server.seen) == 1


def test_connections_are_kept_between_events(api: Api, server: Runtime) -> None:
    before = server.connections
    for _ in range(3):
        api.answer(build_rest_event(body=body()))
    assert server.connections - before == 1


@pytest.mark.parametrize(
    ("changed", "flaws"),
    [
        ({"Size": "120"}, [("Size", "a number or null is expected, not a text")]),
        ({"Size": True}, [("Size", "a number or null is expected, not true or false")]),
        ({"Size": 10**400}, [("Size", "the number is too large")]),
        ({"Zone": [1]}, [("Zone", "a text or a whole number or null is expected, not a list")]),
        ({"Zone": 1.5}, [("Zone", "a text or a whole number or null is expected, not a number")]),
        ({"LotFrontge": 1}, [("LotFrontge", "did you mean 'LotFrontage'?")]),
        ({"SalePrice": 1}, [("SalePrice", "is known in training alone; leave it out")]),
        ({"Weight": 1}, [("Weight", "is known in training alone; leave it out")]),
        (
            {"Pool": 0.5, "Zone": {}},
            [("Zone", "not an object"), ("Pool", "true or false or null is expected")],
        ),
    ],
)
def test_a_wrong_field_is_a_400_that_names_it(
    api: Api, server: Runtime, changed: dict[str, Any], flaws: list[tuple[str, str]]
) -> None:
    answer = api.answer(build_rest_event(body=json.dumps([HOUSE, HOUSE | changed])))
    told = read_problem(answer)
    assert answer["statusCode"] == 400
    assert [(flaw["record"], flaw["field"]) for flaw in told["errors"]] == [
        (2, name) for name, _ in flaws
    ]
    for flaw, (name, words) in zip(told["errors"], flaws, strict=True):
        assert words in flaw["detail"], name
    assert told["detail"].startswith(f"record 2, field {flaws[0][0]!r}: ")
    assert server.seen == []


def test_missing_fields_are_named_but_for_those_the_recipe_lets_be_missing(api: Api) -> None:
    told = read_problem(api.answer(build_rest_event(body='{"Slope": "steep", "Zone": "RL"}')))
    assert [flaw["field"] for flaw in told["errors"]] == ["Size", "LotFrontage"]
    assert told["detail"] == (
        "record 1, field 'Size': is missing; null stands for a value that is not known, and 1 more"
    )


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (None, "The body is not valid JSON: Expecting value"),
        ("[]", "There is no record in the list."),
        ("[[1]]", "Record 1 is no object of named fields."),
        ("7", "Record 1 is no object of named fields."),
        ('{"Size": NaN}', "NaN is no JSON; null is a missing value"),
        ('{"Size": 1, "Size": 2}', "an object names 'Size' more than once"),
        ("[" * 100_000, "The body has 100000 bytes; the limit is 2000"),
        (b"\xff", "The body is not UTF-8 text."),
    ],
)
def test_what_is_no_record_is_said(api: Api, sent: str | bytes | None, sentence: str) -> None:
    answer = api.answer(build_rest_event(body=sent))
    assert sentence in read_problem(answer)["detail"]
    assert answer["statusCode"] == (413 if "bytes" in sentence else 400)


def test_broken_base64_a_deep_body_and_another_content_type(api: Api) -> None:
    broken = build_rest_event(body=b"{}") | {"body": "a!"}
    assert "base64" in read_problem(api.answer(broken))["detail"]
    assert api.answer(build_rest_event(body="[" * 2000))["statusCode"] == 400
    csv = api.answer(build_rest_event(body="1,2", Content_Type="text/csv"))
    assert csv["statusCode"] == 415
    assert read_problem(csv)["detail"] == "The Content-Type must be application/json, not text/csv."
    named = api.answer(
        build_http_event(body=body(), Content_Type="Application/JSON; charset=utf-8")
    )
    assert named["statusCode"] == 200
    nameless = build_rest_event(body=body()) | {"headers": None}
    assert api.answer(nameless)["statusCode"] == 415


MODEL_SAID = {"code": "BadData", "message": "row 2, column 'Zone': is new.", "row": 2}


@pytest.mark.parametrize(
    ("turn", "status", "sentence"),
    [
        (Turn(400, "ThrottlingException", {"message": "Rate exceeded"}), 429, "Too many"),
        (Turn(503, "ServiceUnavailable", {"Message": "busy"}), 503, "not ready"),
        (Turn(429, "ModelNotReadyException", {"Message": "loading"}), 503, "not ready"),
        (Turn(400, "ValidationError", {"Message": "no endpoint"}), 502, "cannot be reached"),
        (Turn(403, "AccessDeniedException", {"Message": "no"}), 502, "cannot be reached"),
        (
            Turn(424, "ModelError", {"OriginalStatusCode": 415, "OriginalMessage": "no PDF"}),
            400,
            "no PDF",
        ),
        (
            Turn(424, "ModelError", {"OriginalStatusCode": 413, "OriginalMessage": "too much"}),
            413,
            "too much",
        ),
        (
            Turn(424, "ModelError", {"OriginalStatusCode": 500, "OriginalMessage": "secret"}),
            502,
            "The model failed.",
        ),
        (
            Turn(424, "ModelError", {"OriginalStatusCode": 0, "OriginalMessage": "It timed out"}),
            504,
            "not answer in time",
        ),
        (Turn(seconds=0.8), 504, "not answer in time"),
    ],
)
def test_the_endpoints_errors_become_the_clients(
    api: Api, server: Runtime, turn: Turn, status: int, sentence: str
) -> None:
    server.turns = [turn]
    answer = api.answer(build_rest_event(body=body()))
    assert answer["statusCode"] == status
    assert sentence in read_problem(answer)["detail"]
    assert ("Retry-After" in answer["headers"]) == (status in {429, 503})
    assert "secret" not in answer["body"]
    assert len(server.seen) == 1  # nobody is asked again while somebody waits


def test_the_models_own_address_of_a_mistake_is_handed_on(api: Api, server: Runtime) -> None:
    said = json.dumps(MODEL_SAID | {"column": "Zone"})
    told = {"OriginalStatusCode": 400, "OriginalMessage": said}
    server.turns = [Turn(424, "ModelError", told)]
    answer = read_problem(api.answer(build_rest_event(body=body())))
    assert answer["detail"] == MODEL_SAID["message"]
    assert answer["errors"] == [{"record": 2, "field": "Zone", "detail": MODEL_SAID["message"]}]
    server.turns = [Turn(424, "ModelError", told | {"OriginalMessage": json.dumps(MODEL_SAID)})]
    assert (
        read_problem(api.answer(build_rest_event(body=body())))["detail"] == MODEL_SAID["message"]
    )


def test_a_connection_that_was_closed_meanwhile_is_opened_again(api: Api, server: Runtime) -> None:
    server.turns = [Turn(hang_up=True), Turn()]
    assert api.answer(build_rest_event(body=body()))["statusCode"] == 200
    server.turns = [Turn(hang_up=True)]
    assert api.answer(build_rest_event(body=body()))["statusCode"] == 502


def test_browsers_of_an_allowed_origin_may_ask_and_others_may_not(api: Api) -> None:
    asked = build_rest_event("OPTIONS", Origin="https://here.example", Content_Type="")
    allowed = api.answer(asked)
    assert (allowed["statusCode"], allowed["body"]) == (204, "")
    assert allowed["headers"]["Access-Control-Allow-Origin"] == "https://here.example"
    assert "X-Api-Key" in allowed["headers"]["Access-Control-Allow-Headers"]
    assert "POST" in allowed["headers"]["Access-Control-Allow-Methods"]
    for event in (
        build_rest_event("OPTIONS", Origin="https://else.example"),
        build_http_event(body=body()),
    ):
        assert "Access-Control-Allow-Origin" not in api.answer(event)["headers"]
    wrong = api.answer(build_http_event(body="{", Origin="https://here.example"))
    assert wrong["headers"]["Access-Control-Allow-Origin"] == "https://here.example"
    assert wrong["headers"]["Vary"] == "Origin"


def test_other_paths_and_methods_are_told_the_right_ones(api: Api) -> None:
    lost = api.answer(build_rest_event(resource="prices"))
    assert lost["statusCode"] == 404
    assert "POST /predictions, GET /schema" in read_problem(lost)["detail"]
    wrong = api.answer(build_http_event("GET"))
    assert (wrong["statusCode"], wrong["headers"]["Allow"]) == (405, "POST, OPTIONS")
    with pytest.raises(ValueError, match="this function answers API Gateway"):
        api.answer(HOUSE)


def test_a_request_id_that_could_not_stand_in_a_header_is_not_taken(api: Api) -> None:
    answer = api.answer(build_rest_event(body=body(), X_Request_Id="a\r\nb: c"))
    assert answer["headers"]["X-Request-Id"] == "gateway-1"


def test_each_request_leaves_one_line_with_its_cause(
    api: Api, server: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    said = {"OriginalStatusCode": 500, "OriginalMessage": "out of memory"}
    server.turns = [Turn(424, "ModelError", said)]
    with caplog.at_level(logging.INFO):
        api.answer(build_rest_event(body=json.dumps([HOUSE, HOUSE])))
    [line] = [record for record in caplog.records if record.name == "deploy.api.front.api"]
    told: dict[str, Any] = vars(line)["told"]
    assert line.getMessage() == "POST predictions 502"
    assert (told["request_id"], told["records"]) == ("gateway-1", 2)
    assert told["cause"] == "500: out of memory"
    assert 0 < told["milliseconds"] < 60_000


def test_the_schema_says_what_the_fields_are_and_what_training_saw(api: Api) -> None:
    answer = api.answer(build_http_event("GET", "schema"))
    assert answer["headers"]["Content-Type"] == "application/schema+json"
    told = json.loads(answer["body"])
    assert list(told["properties"]) == ["Id", "Size", "Slope", "Zone", "LotFrontage", "Pool"]
    assert told["x-predicts"] == "SalePrice"
    assert told["required"] == ["Size", "Slope", "Zone", "LotFrontage"]
    assert told["properties"]["Zone"] == {
        "type": ["string", "integer", "null"],
        "examples": ["C (all)", "RL", "RM"],
    }
    low, high = told["properties"]["Size"]["examples"]
    assert 50 <= low < high < 300


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer()),
    st.text("a1", max_size=3),
    st.lists(st.none(), max_size=1),
)
NAMES = st.sampled_from([*HOUSE, "Id", "Pool", "Weight", "Nobody"])


@effort(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(given_=st.dictionaries(NAMES, CELLS), whole=st.booleans())
def test_the_schema_and_the_function_refuse_the_same_records(
    recipe: Path, given_: dict[str, Any], whole: bool
) -> None:
    known = fields.load(recipe)
    record = HOUSE | given_ if whole else given_
    accepted = True
    try:
        records.read(json.dumps(record).encode(), known)
    except Problem:
        accepted = False
    assert Draft202012Validator(known.to_json_schema()).is_valid(record) == accepted


def test_settings_that_cannot_be_are_named(recipe: Path) -> None:
    given_ = {"ENDPOINT_NAME": "houses", "RECIPE": str(recipe), "ALLOW_ORIGIN": "https://a, *"}
    told = settings.read(given_)
    assert (told.endpoint, told.recipe, told.origins) == ("houses", recipe, ("https://a", "*"))
    with pytest.raises(ValueError, match="ENDPOINT_NAME is not set"):
        settings.read({})
    with pytest.raises(ValueError, match="TIMEOUT_SECONDS is 'soon'; a number above 0"):
        settings.read(given_ | {"TIMEOUT_SECONDS": "soon"})
    with pytest.raises(ValueError, match=r"none.json: .*No such file"):
        fields.load(recipe.with_name("none.json"))


@pytest.mark.parametrize(
    ("given_records", "flaw"),
    [
        ([{"Id": 7, "Size": 1}], None),
        ([{"Size": 1, "Zone": "RL", "Slope": 0.5}], None),
        ([{"Size": 1, "Zone": "RL"}], "record 1, field 'Id': is missing; by it the endpoint finds"),
        (
            [{"Id": 7, "Size": 1, "Zone": "RL"}, {"Id": 8, "Size": 1}],
            "record 2, field 'Zone': is missing, and other records have it",
        ),
    ],
)
def test_records_may_lack_what_the_endpoint_fetches_from_a_feature_store(
    recipe: Path, given_records: list[dict[str, Any]], flaw: str | None
) -> None:
    content = json.loads(recipe.read_bytes())
    group = {"group": "houses", "identifier": "Id", "columns": [["Zone", "zone"], ["Slope", "s"]]}
    columns = [one for one in content["columns"] if one["name"] in {"Id", "Size", "Zone", "Slope"}]
    layout = [one["name"] for one in columns]
    changed = {"columns": columns, "layout": layout, "features_from": [group]}
    known = fields.read(json.dumps(content | changed).encode())
    body = json.dumps(given_records).encode()
    if flaw is None:
        assert records.read(body, known) == given_records
        row = json.loads(records.payload(given_records, known))["instances"][0]
        assert row.keys() == given_records[0].keys()  # what is lacking is not sent as missing
    else:
        with pytest.raises(Problem, match=flaw):
            records.read(body, known)
    assert known.to_json_schema()["required"] == ["Size"]
