"""Reads the model out of a pickled Booster without unpickling, which would run what is in it.

A Booster's pickle holds its handle as bytes: XGBoost's UBJSON with the members Config and Model
(XGBoost, "Introduction to Model IO": memory snapshot). The pickle's instructions are only listed.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator, Sequence
from itertools import pairwise

from booster.model import ubjson

_PICKLE = b"\x80"
_OBJECT = b"{"
_GLOBAL = "xgboost.core Booster"
_NAMES: tuple[str | bytes, str | bytes] = ("xgboost.core", "Booster")
_MODEL = "Model"
# Unicode beyond this is no name: it is the handle's bytes, as protocol 2 writes them.
_LONGEST_NAME = 64


def find_model(content: bytes) -> bytes | None:
    """Return the model of a pickle in UBJSON.

    Returns None when the content is no pickle, holds not exactly one Booster (an XGBModel has
    one), or the XGBoost that wrote it was older than version 3.
    """
    if not content.startswith(_PICKLE):
        return None
    try:
        arguments = list(_list_arguments(content))
        objects = [item for item in arguments if isinstance(item, bytes) and item[:1] == _OBJECT]
        if len(objects) != 1 or not _names_booster(arguments):
            return None
        return ubjson.slice_member(objects[0], _MODEL)
    except ValueError:
        return None


def _list_arguments(content: bytes) -> Iterator[str | bytes]:
    """Yield the texts and bytes of a pickle in their order. Raises ValueError if it is damaged."""
    for _, argument, _ in pickletools.genops(content):
        if isinstance(argument, str) and len(argument) > _LONGEST_NAME:
            yield argument.encode("latin-1", errors="replace")
        elif isinstance(argument, bytes | bytearray):
            yield bytes(argument)
        elif isinstance(argument, str):
            yield argument


def _names_booster(arguments: Sequence[str | bytes]) -> bool:
    return _GLOBAL in arguments or _NAMES in pairwise(arguments)
