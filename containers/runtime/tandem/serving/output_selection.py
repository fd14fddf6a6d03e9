"""The named outputs that a request selects, beside or instead of the prediction."""

from __future__ import annotations

from collections.abc import Sequence

from tandem.contract.value_types import words
from tandem.errors import UserError, did_you_mean, join_words

# In X-Amzn-SageMaker-Custom-Attributes, the one header of a client that reaches a container.
_PREFIX = "output="


def parse_attributes(attributes: str | None) -> tuple[str, ...]:
    """Parse `output=a,b` in a request's custom attributes, which `;` separates."""
    for part in (attributes or "").split(";"):
        if part.strip().startswith(_PREFIX):
            return words().parse(part.strip().removeprefix(_PREFIX))
    return ()


def check_outputs(names: Sequence[str], available: Sequence[str]) -> None:
    """Raise UserError when an output is not available, naming the most similar one."""
    for key in names:
        if key not in available:
            hint = did_you_mean(key, available)
            rest = (
                f"It offers {join_words(list(available))}"
                if available
                else "It offers predictions only"
            )
            raise UserError(
                f"the model has no output {key!r}" + (f"; {hint}" if hint else ""),
                remedy="" if hint else rest,
            )
