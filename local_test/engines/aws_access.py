"""Access of containers to an AWS API on this machine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from local_test.engines.protocol import Network


class AwsAccess(Protocol):
    """Gives the containers of a network access to AWS, as a job's role has on the service."""

    def grant(
        self, network: Network, warn: Callable[[str], None]
    ) -> AbstractContextManager[Mapping[str, str]]:
        """Context manager: grant access, give the environment variables, and revoke it at the end.

        The network must be entered. `warn` is called with the reason when access is impossible.
        """


class NoAwsAccess:
    """No access: containers get no variables."""

    @contextmanager
    def grant(self, network: Network, warn: Callable[[str], None]) -> Iterator[Mapping[str, str]]:
        """Give no variables."""
        del network, warn
        yield {}


NO_AWS_ACCESS = NoAwsAccess()
