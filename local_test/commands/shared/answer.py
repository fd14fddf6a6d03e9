"""What commands answer with `--json`: keys, their types and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Form = Literal["object", "list", "lines"]


@dataclass(frozen=True)
class Key:
    """A key of an object.

    `type` is a type of JSON Schema, or several with `|` between them; `list of TYPE` and
    `map of TYPE` (names to values) are an array and an object of such values. `keys` are those of
    the object, or of each object in a list.
    """

    name: str
    type: str
    meaning: str
    keys: Sequence["Key"] = ()

    def make_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the key's value."""
        schema = _make_schema(self.type, self.keys)
        return {"description": self.meaning, **schema}


@dataclass(frozen=True)
class Answer:
    """The document of a command: an object, a list of objects, or one object a line.

    `keys` are those of the object, or of each object.
    """

    keys: Sequence[Key]
    form: Form = "object"

    def make_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the document; of `lines`, that of one line."""
        return _make_schema("list of object" if self.form == "list" else "object", self.keys)


ERROR = Answer(
    (
        Key(
            "error",
            "object",
            "why the command failed",
            (
                Key("message", "string", "one sentence"),
                Key("log", "list of string", "last log lines of the container, if one failed"),
            ),
        ),
        Key("exit_code", "integer", "exit code of the command"),
    )
)
"""What a command answers instead when it fails before its answer."""


def _make_schema(kind: str, keys: Sequence[Key]) -> dict[str, Any]:
    if kind.startswith("list of "):
        return {"type": "array", "items": _make_schema(kind.removeprefix("list of "), keys)}
    if kind.startswith("map of "):
        values = _make_schema(kind.removeprefix("map of "), keys)
        return {"type": "object", "additionalProperties": values}
    types = kind.split("|")
    schema: dict[str, Any] = {"type": types if len(types) > 1 else kind}
    if "object" in types:
        schema["properties"] = {key.name: key.make_schema() for key in keys}
        schema["required"] = [key.name for key in keys]
        schema["additionalProperties"] = False
    return schema
