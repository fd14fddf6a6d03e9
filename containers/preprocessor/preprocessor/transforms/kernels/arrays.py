"""Types of the arrays that transforms take and return."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
RowIndices = NDArray[np.intp]
