"""On a client's PYTHONPATH it looks twice a second for what it would look for twice a minute."""

import time
from typing import SupportsIndex

_sleep = time.sleep


def _impatient(seconds: float | SupportsIndex, /) -> None:
    _sleep(min(float(seconds), 0.5))


time.sleep = _impatient
