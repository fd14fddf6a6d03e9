"""Bodies to arrays: JSON, CSV, NPY. Unlike in the original, nothing is unpickled."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sagemaker_inference import content_types
from tandem.script import encoders

__all__ = ["decode"]


def decode(obj: str | bytes, content_type: str) -> NDArray[Any]:
    """Return a body as an array; each column of CSV has the type of its cells.

    Raises UnsupportedFormatError, and ValueError when the body is invalid.
    """
    if content_type != content_types.CSV:
        return encoders.decode(obj, content_type)
    text = obj.decode("utf-8") if isinstance(obj, bytes) else obj
    array: NDArray[Any] = np.genfromtxt(
        io.StringIO(text), dtype=None, delimiter=",", encoding="utf-8"
    )
    return array
