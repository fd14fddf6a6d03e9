"""Types of the arrays that transforms take and return."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# For each row its index among the training rows, -1 for a row that is none; shape (rows,).
RowIndices = NDArray[np.intp]
