"""What Lambda calls: the measures of an iris in cm in, the name of its species out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import skops.io

# Sepal length and width, petal length and width.
FIELDS = ("sl", "sw", "pl", "pw")
# Once, when the function starts. skops runs no code of the file; a tree's node numbers are used
# unchecked, so it is trusted by name: the file is our own.
_TRUSTED = ["sklearn.tree._tree.Tree"]
_MODEL: Any = skops.io.load(Path(__file__).with_name("model.skops"), trusted=_TRUSTED)


def handle(event: Mapping[str, Any], _context: object) -> str:
    """Name the species. Raises ValueError, which names the field, for what is no measure."""
    row = [_measure(event, name) for name in FIELDS]
    return str(_MODEL.predict([row])[0])


def _measure(event: Mapping[str, Any], name: str) -> float:
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name!r} is {value!r}; a number in cm is expected")
    return float(value)
