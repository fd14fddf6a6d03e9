"""What is done, and each request to the engine and the service, on standard error: `--verbose`."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_REQUESTS = "urllib3.connectionpool"
_NAMES = ("local_test", _REQUESTS)


class _Formatter(logging.Formatter):
    """Formats a record as time and message; of a request its target, method, path and status."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == _REQUESTS and isinstance(record.args, tuple) and len(record.args) == 8:
            scheme, host, port, method, path, _version, status, _length = record.args
            # The client of the engine has no port where it uses a socket.
            target = "docker" if port is None else f"{scheme}://{host}:{port}"
            # A query may hold the signature of a presigned URL.
            text = f"{target}: {method} {urlsplit(str(path)).path} -> {status}"
            record = logging.makeLogRecord({**vars(record), "msg": text, "args": None})
        return super().format(record)


@contextmanager
def log_verbosely() -> Iterator[None]:
    """Context manager: write records of this package and of its requests to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    loggers = [logging.getLogger(name) for name in _NAMES]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
