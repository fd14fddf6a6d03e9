"""The errors of Tandem: what is wrong, at which location, and how to fix it.

The class of an error sets the HTTP status of the response and the exit code of the program; errors
are mapped nowhere else. Exit codes: 0 success, 1 invalid user input, 2 internal error, 143 stopped
by SIGTERM.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Location:
    """A location in the input: `row` counts from 1, the header row included; `column` is a name."""

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
    """An internal error; also the base class of all errors raised on purpose.

    `what` is the problem, `where` its location, `remedy` the fix. `details` go
    below the message in the failure file.
    """

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
        location = str(self.where)
        sentence = f"{location}: {self.what}" if location else self.what
        return " ".join(_end_sentence(part) for part in (sentence, self.remedy) if part)

    def add_location(self, **parts: int | str | None) -> TandemError:
        """Set the parts of the location that are still None, and return this error."""
        own = {name: value for name, value in vars(self.where).items() if value is not None}
        self.where = replace(Location(), **{**parts, **own})
        return self

    def shift_rows(self, rows: int) -> TandemError:
        """Add the number of rows before this part of the file to the row, and return this error."""
        if self.where.row is not None:
            self.where = replace(self.where, row=self.where.row + rows)
        return self


class UserError(TandemError):
    """The user's input, data or parameter is invalid."""

    status = 400
    exit_code = 1
    title = "UserError"


class BadData(UserError):
    """A body or file does not conform to its format or to the model's schema."""

    title = "BadData"

    def __str__(self) -> str:
        nowhere = self.where == Location() and self.what.startswith("is ")
        return f"the body {super().__str__()}" if nowhere else super().__str__()


class ModelNotLoaded(UserError):
    """A multi-model endpoint has not loaded a model of this name."""

    status = 404
    title = "ModelNotFound"


class ModelAlreadyLoaded(UserError):
    """A multi-model endpoint has already loaded a model of this name."""

    status = 409
    title = "ModelAlreadyLoaded"


class NoRoom(UserError):
    """Not enough memory for another model: the platform unloads one and retries."""

    status = 507
    title = "NoRoom"


class PayloadTooLarge(UserError):
    """The request body is larger than the limit."""

    status = 413
    title = "PayloadTooLarge"


class UnsupportedContentType(UserError):
    """No codec reads this content type."""

    status = 415
    title = "UnsupportedContentType"


class NotAcceptable(UserError):
    """No codec writes any content type of the Accept header."""

    status = 406
    title = "NotAcceptable"


class ScriptError(UserError):
    """The user's script or function failed."""

    status = 500
    title = "ScriptError"

    def __init__(self, what: str, *, exit_code: int = 1, details: str = "") -> None:
        super().__init__(what)
        self.exit_code = exit_code
        self.details = details


class FeaturesUnavailable(TandemError):
    """A feature store, which a request needs, does not answer or answers with an error."""

    status = 503
    title = "FeaturesUnavailable"


class Stopped(TandemError):
    """The program stopped because of SIGTERM."""

    status = 503
    exit_code = 143
    title = "Stopped"


def _end_sentence(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the known word most like `word`, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def join_words(items: Sequence[str], word: str = "and") -> str:
    """Join items for a sentence: `a`, `a and b`, `a, b and c`; `word` is the conjunction."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
