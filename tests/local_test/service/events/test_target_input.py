"""What a target receives: the event, a part, a constant, or a filled template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.events.target_input import build_input, check_input, read_path

RULE = "arn:aws:events:eu-central-1:123456789012:rule/jobs"
MESSAGE: dict[str, Any] = {
    "id": "1",
    "detail-type": "Job State Change",
    "resources": ["a", "b"],
    "detail": {"Name": 'say "x"', "Count": 3, "List": [{"Value": 1}, {"Value": 2}]},
}


def build(**target: Any) -> str:
    return build_input({"Id": "t", **target}, MESSAGE, RULE, 0.0)


def transform(template: str, **paths: str) -> str:
    return build(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})


def test_without_a_choice_the_event_is_received() -> None:
    assert json.loads(build()) == MESSAGE


def test_a_constant_is_received_as_it_is() -> None:
    assert build(Input='{"a":  1}') == '{"a":  1}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", MESSAGE),
        ("$.detail.Count", 3),
        ("$.detail-type", "Job State Change"),
        ("$['detail']['Name']", 'say "x"'),
        ("$.resources[1]", "b"),
        ("$.resources[5]", None),
        ("$.detail.List[*].Value", [1, 2]),
        ("$.detail.Missing.More", None),
    ],
)
def test_a_path_leads_to_a_part(path: str, found: Any) -> None:
    assert read_path(MESSAGE, path) == found
    assert json.loads(build(InputPath=path)) == found


def test_a_template_quotes_texts_and_keeps_json() -> None:
    text = transform(
        '{"text": "job <name>: <count>", "count": <count>, "name": <name>, "list": <list>}',
        name="$.detail.Name",
        count="$.detail.Count",
        list="$.resources",
    )
    assert json.loads(text) == {
        "text": 'job say "x": 3',
        "count": 3,
        "name": 'say "x"',
        "list": ["a", "b"],
    }


def test_a_template_of_text_keeps_its_quotes() -> None:
    assert transform('"<count> of <none>"', count="$.detail.Count", none="$.detail.No") == '"3 of "'


def test_a_template_has_the_reserved_variables() -> None:
    filled = json.loads(
        transform(
            '{"rule": "<aws.events.rule-name>", "arn": "<aws.events.rule-arn>",'
            ' "time": <aws.events.event.ingestion-time>, "event": <aws.events.event.json>,'
            ' "rest": <aws.events.event>, "other": "<unknown>"}'
        )
    )
    assert filled == {
        "rule": "jobs",
        "arn": RULE,
        "time": "1970-01-01T00:00:00Z",
        "event": MESSAGE,
        "rest": {key: value for key, value in MESSAGE.items() if key != "detail"},
        "other": "<unknown>",
    }


@pytest.mark.parametrize(
    "target",
    [
        {"Input": "{}", "InputPath": "$.detail"},
        {"InputPath": "detail"},
        {"InputPath": "$.detail[x]"},
        {"InputTransformer": {"InputPathsMap": {"a": "$..b"}, "InputTemplate": "<a>"}},
        {"InputTransformer": {"InputPathsMap": {"AWS.a": "$.b"}, "InputTemplate": "<a>"}},
    ],
)
def test_an_invalid_choice_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        check_input({"Id": "t", **target})
