"""Hostile events: whatever a client sends is its own mistake, named, and never the function's."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from deploy.api import local
from deploy.api.front import fields, records
from deploy.api.front.api import Api
from deploy.api.front.fields import Field, Fields
from deploy.api.front.problems import Problem
from deploy.api.front.settings import Settings
from tests.deploy.events import build_http_event as http_event
from tests.deploy.events import build_rest_event, read_problem
from tests.deploy.runtime import Runtime

HOUSE: dict[str, Any] = {"Size": 120.5, "Slope": 0.25, "Zone": "RL", "LotFrontage": None}


@pytest.mark.parametrize(
    ("member", "field", "words"),
    [
        (r'"Zone": "\ud800"', "Zone", "half of a surrogate pair"),
        (r'"Zone": "ok \udfff ok"', "Zone", "half of a surrogate pair"),
        (r'"\ud800": 1', "\ud800", "is no field of this model"),
        ('"Size": 1e999', "Size", "the number is too large"),
        ('"Size": -1e999', "Size", "the number is too large"),
        ('"Size": ' + "9" * 9999, "Size", "the number is too large"),
        ('"Zone": ' + "9" * 9999, "Zone", "a whole number or null is expected"),
        ('"Zone": ' + "[" * 90 + "]" * 90, "Zone", "not a list"),
        ('"\\u0000": 1', "\x00", "is no field of this model"),
    ],
)
def test_a_value_that_cannot_be_sent_on_is_named_with_its_field(
    api: Api, server: Runtime, member: str, field: str, words: str
) -> None:
    record = {name: value for name, value in HOUSE.items() if f'"{name}"' not in member}
    body = f"{json.dumps(record)[:-1]}, {member}}}"
    api._settings = Settings("houses", api._settings.recipe)
    answer = api.answer(build_rest_event(body=body))
    assert answer["statusCode"] == 400
    [flaw] = read_problem(answer)["errors"]
    assert (flaw["record"], flaw["field"]) == (1, field)
    assert words in flaw["detail"]
    assert answer["body"].encode().decode() == answer["body"]
    assert server.seen == []


def test_base64_that_is_none_is_said_in_any_alphabet(api: Api) -> None:
    for body in ("\u00e9\u00e8", "a", "====", "\ud800", "{}", "YQ==\n"):
        event = build_rest_event(body=b"") | {"body": body, "isBase64Encoded": True}
        answer = api.answer(event)
        assert (answer["statusCode"], read_problem(answer)["detail"]) == (
            400,
            "The body is marked as base64 and is not.",
        )


def test_headers_may_be_null_missing_or_in_lists(api: Api) -> None:
    whole = json.dumps(HOUSE)
    listed = {"Content-Type": ["application/json"], "X-Request-Id": ["mine"], "Gone": None}
    event = build_rest_event(body=whole) | {"headers": None, "multiValueHeaders": listed}
    answer = api.answer(event)
    assert (answer["statusCode"], answer["headers"]["X-Request-Id"]) == (200, "mine")
    null = build_rest_event(body=whole) | {"headers": {"Content-Type": None, "Origin": None}}
    assert "the request names none" in read_problem(api.answer(null))["detail"]
    bare: dict[str, Any] = {"requestContext": {}, "httpMethod": None}
    assert api.answer(bare)["statusCode"] == 404


def test_no_line_of_the_log_can_be_forged_by_a_path(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        answer = api.answer(build_rest_event(resource="a\nPOST predictions 200\ud800"))
    assert read_problem(answer)["detail"].startswith(
        "There is no /a\\nPOST predictions 200\\ud800 here"
    )
    assert "\n" not in caplog.records[-1].getMessage()


def test_a_body_of_many_wrong_names_costs_a_hundred_comparisons(
    recipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []

    def count(_: Fields, name: str) -> str:
        looked_up.append(name)
        return "is no field of this model"

    monkeypatch.setattr(Fields, "explain_unknown", count)
    body = json.dumps({f"n{number}": 1 for number in range(5000)}).encode()
    with pytest.raises(Problem, match="and 99 more") as refusal:
        records.read(body, fields.load(recipe))
    assert (len(looked_up), len(refusal.value.flaws)) == (100, 100)
    with pytest.raises(Problem, match="names 'a' more than once"):
        records.read(b'{"a": 1, "a": 2}', fields.load(recipe))


def test_short_records_beside_a_long_one_are_bounded_as_the_endpoint_gets_them() -> None:
    wide = {f"column {number}": Field(f"column {number}", "number", False) for number in range(99)}
    schema = Fields(None, wide, frozenset())
    found = records.read(json.dumps([dict.fromkeys(wide, 1)] + [{}] * 30_000).encode(), schema)
    with pytest.raises(Problem, match="30001 records are too many at once") as refusal:
        records.payload(found, schema)
    assert refusal.value.status == 413


TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(["Zone", "Size", "\ud800", "\x00"])
NUMBERS = st.integers() | st.sampled_from([10**400, -(10**300), 2**63]) | st.floats()
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NEAR = st.fixed_dictionaries(
    {"Size": VALUES, "Slope": VALUES, "Zone": VALUES, "LotFrontage": VALUES},
    optional={"Id": VALUES, "Pool": VALUES, "Weight": VALUES},
)
TWICE = st.just('{"Size": 1, "Size": 2}')
DEEP = st.integers(1, 900).map(lambda depth: "[" * depth + "]" * depth)
BODIES = st.one_of(
    st.none(),
    (VALUES | NEAR | st.lists(NEAR, max_size=3)).map(json.dumps),
    TWICE,
    DEEP,
    TEXTS,
    st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode()),
)
HEADERS = st.none() | st.dictionaries(
    st.sampled_from(["Content-Type", "Origin", "X-Request-Id", ""]) | TEXTS,
    st.none() | TEXTS | st.just("application/json"),
    max_size=4,
)
LISTS = st.none() | st.dictionaries(
    TEXTS | st.just("content-type"), st.none() | st.lists(TEXTS | st.none(), max_size=2), max_size=3
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event of either API, whose members are hostile, null or missing."""
    kind = draw(st.sampled_from([build_rest_event, http_event]))
    event: dict[str, Any] = kind(draw(st.sampled_from(["POST", "GET", "OPTIONS", "PUT"])))
    event["body"] = draw(BODIES)
    event["isBase64Encoded"] = draw(st.booleans() | st.none())
    if draw(st.booleans()):
        event["headers"] = draw(HEADERS)
        event["multiValueHeaders"] = draw(LISTS)
    if draw(st.integers(0, 4)) == 0:
        event[draw(st.sampled_from(["path", "rawPath", "httpMethod"]))] = draw(st.none() | TEXTS)
    for name in draw(st.lists(st.sampled_from(["body", "headers", "isBase64Encoded"]), max_size=1)):
        del event[name]
    return event


@effort(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events())
def test_no_event_fails_the_function(api: Api, event: dict[str, Any]) -> None:
    answer = api.answer(event)
    json.dumps(answer, ensure_ascii=False).encode()  # what Lambda does with it
    assert answer["statusCode"] in {200, 204, 400, 404, 405, 413, 415}
    if answer["statusCode"] >= 400:
        assert read_problem(answer)["detail"]


@effort(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(value=NEAR | st.lists(NEAR, min_size=1, max_size=3) | VALUES)
def test_every_value_is_sent_on_as_json_or_refused(
    api: Api, server: Runtime, value: object
) -> None:
    server.seen.clear()
    answer = api.answer(build_rest_event(body=json.dumps(value)))
    if answer["statusCode"] == 200:
        [(_, _, sent)] = server.seen
        json.loads(sent.decode(), parse_constant=pytest.fail)
    else:
        assert answer["statusCode"] in {400, 413}
        assert server.seen == []


@pytest.fixture
def gateway(api: Api) -> Iterator[local.Gateway]:
    with local.Gateway(api, 0) as gateway:
        thread = Thread(target=gateway.serve_forever, args=(0.02,))
        thread.start()
        yield gateway
        gateway.shutdown()
        thread.join()


def test_the_local_gateway_answers_what_the_function_refuses(gateway: local.Gateway) -> None:
    link = http.client.HTTPConnection("127.0.0.1", gateway.server_port, timeout=10)
    for body, status in (
        (json.dumps(HOUSE).encode(), 200),
        (json.dumps(HOUSE | {"Zone": "\ud800"}).encode(), 400),
        (b"\xff\xfe", 400),
    ):
        link.request("POST", "/predictions", body, {"Content-Type": "application/json"})
        answer = link.getresponse()
        assert (answer.status, bool(json.loads(answer.read()))) == (status, True)
    link.close()


def test_the_local_gateway_joins_headers_that_come_twice_as_an_http_api_does() -> None:
    pairs = [("Content-Type", "application/json"), ("X-A", "1"), ("x-a", "2")]
    event = local.make_event("POST", "/predictions?q=1", pairs, b"\xff")
    assert event["headers"] == {"content-type": "application/json", "x-a": "1,2"}
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == (
        "/predictions",
        "q=1",
        "/w==",
    )
