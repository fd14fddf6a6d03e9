"""The access of one job or endpoint to AWS: an address, a region, and its role's credentials."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from local_test.engines.protocol import HostGateway, Network
from local_test.errors import EngineError
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.container_access.credentials_routes import PREFIX
from local_test.service.container_access.role_sessions import RoleSessions
from local_test.service.storage.settings_buckets import name_settings

OpenListener = Callable[[HostGateway], AbstractContextManager[str]]
"""Serves the API to the containers of a bridge while the context is open; gives its URL."""


def refuse_listener(gateway: HostGateway) -> AbstractContextManager[str]:
    """Raise EngineError: there is no server that listens on bridges."""
    raise EngineError(f"nothing serves the API at {gateway.address}")


@dataclass(frozen=True)
class RoleAccess:
    """Access to AWS as a role; without a role, without credentials.

    `url` is the service's own address on this machine.
    """

    url: str
    region: str
    role_arn: str | None
    sessions: RoleSessions
    open_listener: OpenListener

    @contextmanager
    def grant(self, network: Network, warn: Callable[[str], None]) -> Iterator[Mapping[str, str]]:
        """Context manager: give the environment variables of a network's containers.

        Where the containers cannot reach this machine they get none, and `warn` gets the reason.
        """
        with ExitStack() as stack:
            try:
                gateway = network.find_gateway()
                bridged = bool(gateway.subnet)
                url = stack.enter_context(self.open_listener(gateway)) if bridged else self.url
            except EngineError as error:
                warn(f"no access to AWS in this container: {error}")
                yield {}
                return
            yield self._describe_place(url) | self._describe_credentials(url, stack, bridged)

    def _describe_place(self, url: str) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": url,
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCOUNT_ID": ACCOUNT,
        }

    def _describe_credentials(self, url: str, stack: ExitStack, bridged: bool) -> dict[str, str]:
        if self.role_arn is None:
            return {}
        key = self.sessions.open(self.region, self.role_arn)
        stack.callback(self.sessions.close, key)
        address = f"{url}{PREFIX}/{key}"
        settings = {"SAGEMAKER_USER_CONFIG_OVERRIDE": name_settings(self.region)}
        if not bridged:
            return settings | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}
        # Clients take container credentials by HTTP from loopback and 169.254.170.2 alone; the
        # address of a metadata service may be any.
        return settings | {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{address}/",
            "AWS_METADATA_SERVICE_TIMEOUT": "5",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "5",
        }
