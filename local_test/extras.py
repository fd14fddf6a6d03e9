"""The packages of an extra, which a part needs and a plain installation does not have."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from local_test.errors import UserError


@contextmanager
def require_extra(user: str, extra: str, packages: Sequence[str] = ()) -> Iterator[None]:
    """Context manager around the imports of `user`, a part that needs packages of an extra.

    `packages` are those that are imported later, where they are used. Raises UserError, which names
    the first missing package and the extra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise _make_error(user, extra, package) from error
    for package in packages:
        if find_spec(package) is None:
            raise _make_error(user, extra, package)


def _make_error(user: str, extra: str, package: str) -> UserError:
    return UserError(
        f"{user} needs the package {package}",
        f"install the extra `{extra}`: pip install 'tandem-local[{extra}]'",
    )
