"""What a command prints with `--json`, checked against the keys that it declares."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from local_test.commands import load_command
from local_test.commands.shared.answer import ERROR


def read_answer(command: str, text: str, argument: str = "") -> Any:
    """Give the document, which must be the only one; `argument` selects one of several."""
    answer = load_command(command).answers[argument]
    documents = text.splitlines() if answer.form == "lines" else [text]
    read = [json.loads(one) for one in documents]
    for one in read:
        jsonschema.validate(one, answer.make_schema())
    return read if answer.form == "lines" else read[0]


def read_error(text: str) -> dict[str, Any]:
    """Give the error that a command printed instead of its answer."""
    read: dict[str, Any] = json.loads(text)
    jsonschema.validate(read, ERROR.make_schema())
    return read
