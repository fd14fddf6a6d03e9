"""The number format of a column, as declared in `columns` of the recipe."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from preprocessor.transforms.options import Option, RecipeAddress, read_options
from tandem.contract.value_types import choice, flag, text
from tandem.data.text.number_formats import NumberFormat

FORMAT = "format"
OPTIONS: tuple[Option[Any], ...] = (
    Option("prefix", text(), "", "Text that may stand before the digits, like `$`."),
    Option(
        "suffix",
        text(),
        "",
        "Text that may stand behind them, like `kg` or `€`; `year` is read as `years` is.",
    ),
    Option(
        "thousands",
        choice("", ",", ".", "'", " "),
        "",
        "Separator of groups of digits: with `,`, `1,234` is 1234.",
    ),
    Option("decimal", choice(".", ","), ".", "Decimal separator."),
    Option("parentheses", flag(), default=False, sentence="Whether `(5)` is -5."),
    Option(
        "percent",
        flag(),
        default=False,
        sentence="Whether numbers are in percent: `12%` is 0.12, and every number needs the sign.",
    ),
    Option(
        "duration",
        choice("", "h:mm", "m:ss"),
        "",
        "Durations, read as seconds: what `1:05` means. `1:02:03` and `2 days 01:02:03` are hours,"
        " minutes and seconds.",
    ),
)
# What must not stand beside the digits: it would be part of the number.
_AMBIGUOUS = re.compile("[0-9+()%,.'\u2212-]")


def parse_format(value: object, address: RecipeAddress) -> NumberFormat:
    """Parse a declared number format. Raises UserError when it contradicts itself."""
    if not isinstance(value, Mapping):
        raise address.error("must be an object", 'Example: {"prefix": "$", "thousands": ","}')
    options: dict[str, Any] = read_options(OPTIONS, value, address, FORMAT)
    options |= {key: options[key].strip() for key in ("prefix", "suffix")}
    number_format = NumberFormat(**options)
    for key, beside in (
        ("prefix", number_format.prefix[-1:].rstrip(".")),
        ("suffix", number_format.suffix[:1]),
    ):
        if _AMBIGUOUS.match(beside):
            raise address.child(key).error(
                "has a digit, a sign or a separator beside the number", "Leave it out"
            )
    if number_format.thousands == number_format.decimal:
        raise address.error("has the same separator for thousands and decimals", "Change one")
    if number_format.duration and number_format != NumberFormat(duration=number_format.duration):
        raise address.error("has a duration and other options", "Leave the other options out")
    if number_format.percent and number_format.suffix:
        raise address.error("has a suffix and is in percent", "Leave the suffix out")
    return number_format


def format_declaration(name: str, number_format: NumberFormat, **rest: str) -> str:
    """Return the line of `columns` in the recipe that declares a format."""
    usual = asdict(NumberFormat())
    options = {key: value for key, value in asdict(number_format).items() if value != usual[key]}
    treatment = {"type": "number", **({FORMAT: options} if options else {}), **rest}
    return f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(treatment, ensure_ascii=False)}"


def format_from_json(values: Mapping[str, Any] | None) -> NumberFormat | None:
    """Return the number format from its JSON values in a recipe."""
    return None if values is None else NumberFormat(**values)
