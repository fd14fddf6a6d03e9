"""The body of a request, and whether the next request of its connection can be found behind it."""

import io
from io import BufferedIOBase
from typing import IO, cast

from werkzeug.wsgi import LimitedStream

from local_test.http_guard.body_framing import is_refused, read_length
from local_test.http_guard.refusals import Environ

_AT_ONCE = 1 << 16


class RequestBody:
    """The body of a request on a connection.

    A body of at most 64 KiB is read before the application runs, a longer one as the application
    reads it. The end of a chunked body is not looked for: its connection is closed.
    """

    def __init__(self, environ: Environ, stream: BufferedIOBase) -> None:
        self._environ = environ
        self._long: LimitedStream | None = None
        length = read_length(environ)
        self._is_clear = length is not None
        if length is None:
            return
        if length > _AT_ONCE:
            self._long = LimitedStream(cast(IO[bytes], stream), length)
            environ["wsgi.input"] = self._long
            return
        content = stream.read(length) if length else b""
        self._is_clear = len(content) == length
        environ["wsgi.input"] = io.BytesIO(content)

    @property
    def is_read(self) -> bool:
        """Return True if the next byte of the connection is the start of another request."""
        if not self._is_clear or is_refused(self._environ):
            return False
        return self._long is None or self._long.is_exhausted
