"""Turns XGBoost's errors and warnings into errors and log lines of this program."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import xgboost as xgb

from tandem.errors import UserError
from tandem.logs import logger

# The library's own sentence stands between the place in its source and its native stack trace.
_SENTENCE = re.compile(
    r"^(?:\[[^\]]*\]\s*)?(?:WARNING:\s*)?(?:\S+:\d+:\s*)?(?:Check failed:\s*)?(.*)"
)
_UNUSED = re.compile(r"Parameters: \{(.*?)\} are not used")
_NO_GPU = "changed from GPU to CPU"
_OUR_DOING = "You have manually specified the `updater` parameter"


@contextmanager
def translate_messages() -> Iterator[None]:
    """Context manager: raise the library's errors as UserError, and log its warnings.

    A parameter that the library does not use is an error, and so is a missing device: no
    hyperparameter is ignored silently.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except xgb.core.XGBoostError as error:
            raise UserError(f"XGBoost refuses this job: {extract_sentence(str(error))}") from error
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        _report_warning(text)


def _report_warning(text: str) -> None:
    unused = _UNUSED.search(text)
    if unused:
        names = unused.group(1).replace('"', "").strip()
        raise UserError(
            f"XGBoost does not use {names} in this job",
            remedy="Leave it out; parameters under 'extra.' must be known to XGBoost",
        )
    if _NO_GPU in text:
        raise UserError(
            "hyperparameter 'device' is cuda, and there is no GPU here",
            remedy="Choose an instance type with one, or leave 'device' out",
        )
    if _OUR_DOING not in text:
        logger.warning("XGBoost: %s", extract_sentence(text))


def extract_sentence(text: str) -> str:
    """Return the first sentence of a library's message, without source location and stack trace."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith("Stack trace")), "no reason given")
    match = _SENTENCE.match(first)
    return (match.group(1) if match else first).rstrip(".")
