"""What can go wrong, as sentences with an address.

Every error says what happened, where (file, row, column) and what helps. Its class carries the
HTTP status a server answers with and the exit code a program ends with; nothing else maps errors.
Exit codes: 0 done, 1 the user's input, 2 an internal error, 143 stopped by SIGTERM.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Location:
    """A place in the input: `row` counts from 1 and includes a header row, `column` is a name."""

    file: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [
            self.file or "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column!r}" if self.column is not None else "",
        ]
        return ", ".join(part for part in parts if part)


# Returns the location of the row at an index.
Locator = Callable[[int], Location]


class TandemError(Exception):
    """Base of all errors raised on purpose; by itself, an internal error."""

    status = 500
    exit_code = 2
    title = "InternalError"

    def __init__(self, what: str, *, where: Location | None = None, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where or Location()
        self.remedy = remedy
        self.details = ""

    def __str__(self) -> str:
        place = str(self.where)
        sentence = f"{place}: {self.what}" if place else self.what
        return " ".join(_end_sentence(part) for part in (sentence, self.remedy) if part)

    def add_location(self, **place: int | str | None) -> TandemError:
        """Fill parts of the address that are still open; gives the error back to be raised."""
        known = {name: value for name, value in vars(self.where).items() if value is not None}
        self.where = replace(Location(), **{**place, **known})
        return self

    def shift_rows(self, rows: int) -> TandemError:
        """Count the rows that came before in the file; gives the error back to be raised."""
        if self.where.row is not None:
            self.where = replace(self.where, row=self.where.row + rows)
        return self


class UserError(TandemError):
    """The input, the data or a value given by the user is at fault."""

    status = 400
    exit_code = 1
    title = "UserError"


class BadData(UserError):
    """A body or a file cannot be read as what it is said to be."""

    title = "BadData"

    def __str__(self) -> str:
        nowhere = self.where == Location() and self.what.startswith("is ")
        return f"the body {super().__str__()}" if nowhere else super().__str__()


class ModelNotLoaded(UserError):
    """A multi-model endpoint has no model of this name."""

    status = 404
    title = "ModelNotFound"


class ModelAlreadyLoaded(UserError):
    """A multi-model endpoint has a model of this name already."""

    status = 409
    title = "ModelAlreadyLoaded"


class NoRoom(UserError):
    """There is no memory for one more model: the platform unloads another one and asks again."""

    status = 507
    title = "NoRoom"


class PayloadTooLarge(UserError):
    """The body is larger than the limit in force."""

    status = 413
    title = "PayloadTooLarge"


class UnsupportedContentType(UserError):
    """No codec reads this content type."""

    status = 415
    title = "UnsupportedContentType"


class NotAcceptable(UserError):
    """No codec writes what the client accepts."""

    status = 406
    title = "NotAcceptable"


class ScriptError(UserError):
    """The user's own program or function failed."""

    status = 500
    title = "ScriptError"

    def __init__(self, what: str, *, exit_code: int = 1, details: str = "") -> None:
        super().__init__(what)
        self.exit_code = exit_code
        self.details = details


class Stopped(TandemError):
    """The platform asked the program to stop, and it did."""

    status = 503
    exit_code = 143
    title = "Stopped"


def _end_sentence(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the nearest known word, or the empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def join_words(items: Sequence[str], word: str = "and") -> str:
    """Join names for a sentence: `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
