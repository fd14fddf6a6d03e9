"""The error of a bias metric that is undefined for the data."""

from __future__ import annotations

from tandem.errors import UserError


class UndefinedBias(UserError):
    """A bias metric is undefined for this facet, label or group."""
