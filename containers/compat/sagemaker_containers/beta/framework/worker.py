"""The response that an `output_fn` returns."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask

__all__ = ["Response"]


class Response(flask.Response):
    """A body, its content type and a status, 200 by default."""

    default_mimetype = "application/json"

    def __init__(
        self,
        response: Iterable[bytes] | Iterable[str] | bytes | str | None = None,
        accept: str | None = None,  # noqa: ARG002 - the original takes it and leaves it out too
        status: int | str | None = 200,
        headers: Mapping[str, Any] | None = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        super().__init__(response, status, headers, mimetype, None, direct_passthrough)
        if mimetype:
            # Werkzeug would add a charset, and the next container may compare the literal.
            self.headers["Content-Type"] = mimetype
