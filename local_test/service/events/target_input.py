"""What a target receives: the event, a part of it, a constant, or a template filled from it.

Source: EventBridge User Guide, 'Input transformation' and 'Using JSON paths'.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.events.event import format_time

_STEP = re.compile(r"\.([A-Za-z0-9_\-/]+)|\.?\['([^']+)'\]|\[(\d+|\*)\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')
_MAX_PATHS = 100


def check_input(target: Mapping[str, Any]) -> None:
    """Check the fields of a target that say what it receives.

    Raises ApiError when there are several, or one is invalid.
    """
    named = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(named) > 1:
        raise invalid(f"Only one of Input, InputPath, InputTransformer: target {target['Id']}.")
    paths = target.get("InputTransformer", {}).get("InputPathsMap", {})
    for path in [*paths.values(), *([target["InputPath"]] if target.get("InputPath") else ())]:
        parse_path(path)
    if len(paths) > _MAX_PATHS or any(name.startswith("AWS") for name in paths):
        raise invalid(f"InputPathsMap of target {target['Id']} has a reserved name or over 100.")


def build_input(
    target: Mapping[str, Any], message: Mapping[str, Any], rule_arn: str, time: float
) -> str:
    """Return the text that a target of a rule receives for an event.

    `time` is when the event reached the bus, in seconds since 1970.
    """
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(read_path(message, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(message)
    paths: Mapping[str, str] = transformer.get("InputPathsMap", {})
    values = {name: read_path(message, path) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": format_time(time),
        "aws.events.event": {key: value for key, value in message.items() if key != "detail"},
        "aws.events.event.json": message,
    }
    return fill_template(transformer["InputTemplate"], values)


def fill_template(template: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders `<name>` of a template.

    In a quoted text a value is put as text, elsewhere as JSON; an absent one is empty in a text.
    A template of quoted texts keeps its quotes, as on the service.
    """

    def put_text(match: re.Match[str]) -> str:
        value = values.get(match[1], match[0])
        plain = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        return json.dumps(plain)[1:-1]

    def put_json(match: re.Match[str]) -> str:
        return json.dumps(values[match[1]]) if match[1] in values else match[0]

    parts = _QUOTED.split(template)
    return "".join(
        _PLACEHOLDER.sub(put_text if index % 2 else put_json, part)
        for index, part in enumerate(parts)
    )


def parse_path(path: str) -> list[str | int]:
    """Return the steps of a JSON path: names, indexes, "*". Raises ApiError when it is invalid."""
    steps: list[str | int] = []
    position = 1
    while path.startswith("$") and position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            break
        name = match[1] or match[2]
        steps.append(name or (match[3] if match[3] == "*" else int(match[3])))
        position = match.end()
    if not path.startswith("$") or position < len(path):
        raise ApiError(
            "ValidationException",
            f"invalid JSON path {path!r}. Use $.detail.name, $.resources[0] or $.resources[*].",
        )
    return steps


def read_path(message: Any, path: str) -> Any:
    """Return what a JSON path leads to in an event, None where there is nothing."""
    steps = parse_path(path)
    found = list(_follow(message, steps))
    return found if "*" in steps else next(iter(found), None)


def _follow(value: Any, steps: list[str | int]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        for entry in value if isinstance(value, list) else ():
            yield from _follow(entry, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _follow(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _follow(value[step], rest)
