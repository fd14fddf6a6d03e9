"""What every type of a stack's resources has."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

ClientFactory = Callable[[str], Any]
"""Returns the boto3 client of a service, in the stack's region."""


@dataclass(frozen=True)
class Created:
    """A resource that exists: `name` is that of the API, `ref` is what `Ref` gives."""

    name: str
    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class CreationFailed(Exception):
    """A resource that was created has failed; the text is its reason. `created` exists."""

    def __init__(self, reason: str, created: Created) -> None:
        super().__init__(reason)
        self.created = created


class ResourceKind(Protocol):
    """A type of resources: `name_property` is that with its name, of at most `longest` characters.

    `attributes` are the names that `Fn::GetAtt` knows.
    """

    @property
    def properties(self) -> frozenset[str]: ...

    @property
    def attributes(self) -> frozenset[str]: ...

    @property
    def name_property(self) -> str: ...

    @property
    def longest(self) -> int: ...

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Create a resource and wait until it can be used."""

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created | None:
        """Change a resource to have these properties; None if another one must replace it."""

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete a resource. Raises botocore's ClientError when it cannot be deleted."""


@contextmanager
def already_deleted(code: str) -> Iterator[None]:
    """Context manager: go on when somebody else has deleted it, of which `code` is the error."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
