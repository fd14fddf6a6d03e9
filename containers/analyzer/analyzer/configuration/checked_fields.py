"""Fields of a JSON object, each read once and checked, with the path of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from tandem.errors import UserError, did_you_mean, join_words

FILE = "analysis_config.json"
Column = str | int
Scalar = int | float | str
_Value = TypeVar("_Value")


class InvalidConfig(UserError):
    """A field of the analysis configuration has no meaning, or none here."""


class CheckedFields:
    """The fields of one object of the configuration; `path` is where it lies."""

    def __init__(self, content: object, path: str = "") -> None:
        """Take an object. Raises InvalidConfig when `content` is none."""
        if not isinstance(content, dict):
            raise InvalidConfig(f"{FILE}: {path or 'the content'} is not a JSON object")
        self._content: Mapping[str, object] = content
        self._path = path

    def locate(self, name: str) -> str:
        """Return the path of a field, as messages have it."""
        return f"{self._path}.{name}" if self._path else name

    def check_names(self, known: Sequence[str], refused: Mapping[str, str]) -> None:
        """Raise InvalidConfig for a field that is unknown, or `refused` for the reason given."""
        for name in self._content:
            if name in refused:
                raise InvalidConfig(
                    f"{FILE}: {self.locate(name)} is not supported here: {refused[name]}"
                )
            if name not in known:
                raise InvalidConfig(
                    f"{FILE}: unknown field {self.locate(name)}",
                    remedy=suggest(name, known),
                )

    def has(self, name: str) -> bool:
        """Return whether the field is given and not null."""
        return self._content.get(name) is not None

    def get_text(self, name: str) -> str | None:
        """Return a text, or None."""
        return self._get(name, "a string", _as_text)

    def choose(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return a text of the choices, in lower case. Raises InvalidConfig for any other."""
        text = self.get_text(name)
        if text is None:
            if default is None:
                raise InvalidConfig(f"{FILE}: missing field {self.locate(name)}")
            return default
        if text.lower() not in choices:
            raise InvalidConfig(
                f"{FILE}: {self.locate(name)} is {text!r}",
                remedy=f"Use {join_words(list(choices), 'or')}.",
            )
        return text.lower()

    def get_column(self, name: str) -> Column | None:
        """Return the name or zero-based index of a column, or None."""
        return cast("Column | None", self._get(name, "a string or an index", _as_column))

    def get_columns(self, name: str) -> list[Column] | None:
        """Return names or indexes of columns, or None."""
        columns = self._get(name, "a list of strings or integers", _as_list(_as_column))
        return cast("list[Column] | None", columns)

    def get_texts(self, name: str) -> list[str] | None:
        """Return a list of texts, or None."""
        return self._get(name, "a list of strings", _as_list(_as_text))

    def get_scalars(self, name: str) -> list[Scalar]:
        """Return a list of numbers and texts; empty without the field."""
        return self._get(name, "a list of numbers or strings", _as_list(_as_scalar)) or []

    def get_number(self, name: str, default: float) -> float:
        """Return a number."""
        value = self._get(name, "a number", _as_number)
        return default if value is None else value

    def get_count(self, name: str) -> int | None:
        """Return a positive integer, or None."""
        return self._get(name, "a positive integer", _as_count)

    def get_integer(self, name: str) -> int | None:
        """Return an integer, or None."""
        return self._get(name, "an integer", _as_integer)

    def get_switch(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._get(name, "true or false", _as_switch)
        return default if value is None else value

    def get_object(self, name: str) -> CheckedFields | None:
        """Return the fields of an object, or None."""
        if not self.has(name):
            return None
        return CheckedFields(self._content[name], self.locate(name))

    def get_raw(self, name: str) -> object:
        """Return the value as it is."""
        return self._content.get(name)

    def _get(
        self, name: str, kind: str, convert: Callable[[object], _Value | None]
    ) -> _Value | None:
        value = self._content.get(name)
        if value is None:
            return None
        converted = convert(value)
        if converted is None:
            raise InvalidConfig(f"{FILE}: {self.locate(name)} is not {kind}: {value!r}")
        return converted


def suggest(word: str, known: Sequence[str]) -> str:
    """Return the sentence that suggests the known word most like `word`, or lists the first."""
    hint = did_you_mean(word, known)
    return hint[:1].upper() + hint[1:] if hint else f"Use any of {', '.join(known[:20])}."


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _as_count(value: object) -> int | None:
    number = _as_integer(value)
    return number if number is not None and number > 0 else None


def _as_column(value: object) -> Column | None:
    if isinstance(value, str):
        return value
    number = _as_integer(value)
    return number if number is not None and number >= 0 else None


def _as_scalar(value: object) -> Scalar | None:
    return value if isinstance(value, int | float | str) else None


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _as_switch(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _as_list(
    convert: Callable[[object], _Value | None],
) -> Callable[[object], list[_Value] | None]:
    def convert_all(value: object) -> list[_Value] | None:
        if not isinstance(value, list):
            return None
        items = [convert(item) for item in value]
        kept = [item for item in items if item is not None]
        return kept if len(kept) == len(items) else None

    return convert_all
