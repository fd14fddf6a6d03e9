"""What ends a query before its result."""

from local_test.errors import UserError


class QueryFailed(UserError):
    """A query that cannot be done; its sentence becomes the reason of the query's state FAILED."""


class QueryStopped(Exception):
    """Raised by a query that was stopped."""
