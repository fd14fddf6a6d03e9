"""Which outputs a request asks for, beside or instead of the plain prediction."""

from __future__ import annotations

from collections.abc import Sequence

from tandem.contract.value_types import words
from tandem.errors import UserError, did_you_mean, join_words

# In X-Amzn-SageMaker-Custom-Attributes, the one header of a client that reaches a container.
ATTRIBUTE = "output="


def from_attributes(attributes: str | None) -> tuple[str, ...]:
    """Read `output=a,b` out of a request's custom attributes, which `;` separates."""
    for part in (attributes or "").split(";"):
        if part.strip().startswith(ATTRIBUTE):
            return words().parse(part.strip().removeprefix(ATTRIBUTE))
    return ()


def check(asked: Sequence[str], offered: Sequence[str]) -> None:
    """Raise UserError for an output that a model does not offer, with the nearest it does."""
    for key in asked:
        if key not in offered:
            hint = did_you_mean(key, offered)
            rest = (
                f"It offers {join_words(list(offered))}"
                if offered
                else "It offers predictions only"
            )
            raise UserError(
                f"the model has no output {key!r}" + (f"; {hint}" if hint else ""),
                remedy="" if hint else rest,
            )
