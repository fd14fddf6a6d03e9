"""Reads the model out of a pickled Booster without unpickling, which would run what is in it.

A Booster's pickle holds its handle as bytes: UBJSON, or from 1.0 to 1.5 JSON, with the members
Config and Model (XGBoost, "Introduction to Model IO": memory snapshot); where JSON was not asked
for, 1.x wrote the old binary form with the configuration behind it, and 0.x that form alone. The
pickle's instructions are only listed.
"""

from __future__ import annotations

import json
import pickletools
from collections.abc import Iterator, Sequence
from itertools import pairwise

from booster.model import binary_form, ubjson

_PICKLE = b"\x80"
_OBJECT = b"{"
_GLOBAL = "xgboost.core Booster"
_NAMES: tuple[str | bytes, str | bytes] = ("xgboost.core", "Booster")
_MODEL = "Model"
# The head of a handle of 1.x in the binary form: this text and where the configuration begins.
_CONFIGURED, _OFFSET_SIZE = b"CONFIG-offset:", 8
# Unicode beyond this is no name: it is the handle's bytes, as protocol 2 writes them.
_LONGEST_NAME = 64


def find_model(content: bytes) -> bytes | None:
    """Return the model of a pickle in UBJSON or JSON.

    Returns None when the content is no pickle, or holds not exactly one Booster (an XGBModel has
    one).
    """
    if not content.startswith(_PICKLE):
        return None
    try:
        arguments = list(_list_arguments(content))
        if not _names_booster(arguments):
            return None
        handles = [item for item in arguments if isinstance(item, bytes)]
        models = [model for handle in handles if (model := _read_handle(handle)) is not None]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    return models[0] if len(models) == 1 else None


def _read_handle(content: bytes) -> bytes | None:
    """Return the model of a handle, or None when it holds none.

    Raises KeyError, TypeError or ValueError when it is damaged.
    """
    if content.startswith(_CONFIGURED):
        return binary_form.convert(content[len(_CONFIGURED) + _OFFSET_SIZE :])
    if not content.startswith(_OBJECT):
        return binary_form.convert(content)
    if not content.lstrip(_OBJECT).lstrip().startswith(b'"'):
        return ubjson.slice_member(content, _MODEL)
    model = json.loads(content)[_MODEL]
    booster = model["learner"]["gradient_booster"]
    if booster["name"] == binary_form.LINEAR:
        booster["model"] = binary_form.ROUNDS | booster["model"]
    return json.dumps(model).encode()


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
