"""What Lambda calls. All that can be made once is made when the function starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import settings
from .api import Api

_API = Api(settings.read())


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer one event of API Gateway."""
    return _API.answer(event)
