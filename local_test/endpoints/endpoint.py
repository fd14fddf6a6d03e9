"""An endpoint of one container or of a pipeline of up to fifteen."""

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.endpoints.archive_store import ArchiveStore
from local_test.endpoints.health import check_running, ping, wait_until_healthy
from local_test.endpoints.invocation_response import (
    EndpointResponse,
    EndpointStream,
    make_error_response,
)
from local_test.endpoints.model_directory import install_model
from local_test.endpoints.multi_model import TARGET_MODEL, MultiModel
from local_test.endpoints.pipeline_relay import PipelineRelay
from local_test.endpoints.stage import Stage, check_stages, name_containers
from local_test.engines.aws_access import NO_AWS_ACCESS, AwsAccess
from local_test.engines.container_logs import print_line
from local_test.engines.graceful_stop import stop_containers
from local_test.engines.protocol import (
    Container,
    ContainerSpec,
    ContainerUsage,
    Engine,
    LogSink,
    Mount,
    Network,
)
from local_test.errors import ContainerError, EngineError
from local_test.platform.limits import (
    HOSTING_GRACE_SECONDS,
    INVOCATION_SECONDS,
    PAYLOAD_BYTES,
    PING_WINDOW_SECONDS,
    SAFE_PORT_RANGE,
)
from local_test.platform.opt_ml_tree import OptMlTree
from local_test.workspace import open_workspace

TARGET_CONTAINER = "X-Amzn-SageMaker-Target-Container-Hostname"
_log = logging.getLogger(__name__)


class Endpoint:
    """Serving containers; `with` starts them and, at its end, stops and removes them.

    Entering waits until they are healthy. It raises UserError when SageMaker would reject the
    stages, and ContainerError when a container exits or stays unhealthy for `ping_seconds`.
    `invocation_seconds` is the timeout of one request, `payload_bytes` the largest body.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        engine: Engine,
        *,
        environment: Mapping[str, str] | None = None,
        logs: LogSink = print_line,
        ping_seconds: float = PING_WINDOW_SECONDS,
        invocation_seconds: float = INVOCATION_SECONDS,
        payload_bytes: int | None = PAYLOAD_BYTES,
        isolated: bool = False,
        aws: AwsAccess = NO_AWS_ACCESS,
        direct: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        self._stages = tuple(stages)
        self._engine = engine
        self._environment = dict(environment or {})
        self._logs = logs
        self._ping_seconds = ping_seconds
        self._invocation_seconds = invocation_seconds
        self._payload_bytes = payload_bytes
        self._isolated = isolated
        self._aws = aws
        self._direct = direct
        self._stop = stop
        self._containers: list[Container] = []
        self._store: ArchiveStore | None = None
        self._models: MultiModel | None = None
        self.seconds_to_ready = 0.0

    def __enter__(self) -> Self:
        check_stages(self._stages, self._engine)
        self._containers.clear()
        with ExitStack() as stack:
            directory = stack.enter_context(open_workspace())
            count = len(self._stages)
            network = self._engine.open_network(
                "endpoint", self._logs, listeners=count, isolated=self._isolated
            )
            stack.enter_context(network)
            variables = stack.enter_context(self._aws.grant(network, self._warn))
            self._start_containers(network, directory, variables)
            self._models = self._open_models(stack)
            self.seconds_to_ready = wait_until_healthy(
                self._containers, self._ping_seconds, self._stop
            )
            names = ", ".join(f"{item.name} at {item.url}" for item in self._containers)
            _log.debug("healthy after %.2f s: %s", self.seconds_to_ready, names)
            self.relay = PipelineRelay(
                [(item.name, item.url) for item in self._containers],
                seconds=self._invocation_seconds,
                payload_bytes=self._payload_bytes,
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            self.relay.close()  # servers wait for kept connections before they end
            stop_containers(self._containers, HOSTING_GRACE_SECONDS)

    def invoke(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float | None = None,
    ) -> EndpointResponse:
        """Send one request through all containers, as InvokeEndpoint does.

        `seconds` is the timeout, None for the endpoint's own. On a multi-model endpoint the header
        `X-Amzn-SageMaker-Target-Model` names the archive. On a `direct` one
        `X-Amzn-SageMaker-Target-Container-Hostname` names the only container to invoke.
        """
        sent_headers = headers or {}
        target, container = (
            _find_header(sent_headers, TARGET_MODEL),
            _find_header(sent_headers, TARGET_CONTAINER),
        )
        if self._models is not None:
            return self._models.invoke(
                target,
                lambda path: self.relay.invoke(
                    body, content_type, accept, sent_headers, path=path, seconds=seconds
                ),
            )
        if target:
            return make_error_response(
                400, "ValidationError", f"{TARGET_MODEL} asks for a multi-model endpoint"
            )
        if (refusal := self._refuse_container(container)) is not None:
            return refusal
        return self.relay.invoke(
            body, content_type, accept, sent_headers, seconds=seconds, only=container or None
        )

    def open_stream(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EndpointResponse | EndpointStream:
        """Send one request as InvokeEndpointWithResponseStream does; errors are complete."""
        container = _find_header(headers or {}, TARGET_CONTAINER)
        if self._models is not None:
            return make_error_response(
                400, "ValidationError", "a multi-model endpoint has no response streams"
            )
        if (refusal := self._refuse_container(container)) is not None:
            return refusal
        return self.relay.open_stream(body, content_type, accept, headers, only=container or None)

    def _refuse_container(self, container: str) -> EndpointResponse | None:
        """Return the error response to a request for this container, "" for none; else None."""
        if self._direct != bool(container):
            verb = "needs" if self._direct else "is asked without"
            return make_error_response(
                400, "ValidationError", f"an endpoint of this mode {verb} {TARGET_CONTAINER}"
            )
        if container and container not in name_containers(self._stages):
            return make_error_response(400, "ValidationError", f"there is no container {container}")
        return None

    @property
    def payload_bytes(self) -> int | None:
        """The largest body of a request."""
        return self._payload_bytes

    @property
    def urls(self) -> tuple[str, ...]:
        """The URL of each container on this machine, in order."""
        return tuple(container.url for container in self._containers)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """The first process of each container on this machine, None where it is unknown."""
        return tuple(container.pid for container in self._containers)

    def read_usage(self) -> Sequence[ContainerUsage]:
        """Return what its containers use of the machine, without those of which it is unknown.

        Raises EngineError when the engine does not respond.
        """
        found = [container.read_usage() for container in self._containers]
        return [usage for usage in found if usage is not None]

    def is_healthy(self) -> bool:
        """Return whether every container responds to /ping with 200."""
        return all(ping(container) for container in self._containers)

    def check_running(self) -> None:
        """Raise ContainerError when a container has exited."""
        check_running(self._containers)

    def _start_containers(
        self, network: Network, directory: Path, variables: Mapping[str, str]
    ) -> None:
        for index, name in enumerate(name_containers(self._stages)):
            spec = self._make_spec(index, name, network.ports, directory)
            spec = replace(spec, environment={**variables, **spec.environment})
            try:
                self._containers.append(network.start(spec))
            except (ContainerError, EngineError):
                check_running(self._containers)  # the first to fall is the cause
                raise

    def _warn(self, line: str) -> None:
        self._logs(name_containers(self._stages)[0], line)

    def _open_models(self, stack: ExitStack) -> MultiModel | None:
        if self._store is None:
            return None
        container, seconds = self._containers[0], self._invocation_seconds
        return stack.enter_context(MultiModel(container.name, container.url, self._store, seconds))

    def _make_spec(
        self, index: int, name: str, ports: Sequence[int], directory: Path
    ) -> ContainerSpec:
        stage = self._stages[index]
        tree = OptMlTree(directory / name)
        environment = self._environment | dict(stage.environment)
        source = stage.archive_source
        if source is not None:
            self._store = ArchiveStore(
                source, tree.models, directory / "archives", stage.max_model_size
            )
            environment["SAGEMAKER_MULTI_MODEL"] = "true"
            mount = Mount("models", read_only=True, growing=True)
        else:
            install_model(stage.model, tree.model, stage.max_model_size, stage.model_name)
            mount = Mount("model", read_only=True)
        if stage.source_code is not None:
            stage.source_code.copy(tree.model / "code")
            environment = {**stage.source_code.to_environment(), **environment}
        if len(self._stages) > 1:
            environment |= {
                "SAGEMAKER_BIND_TO_PORT": str(ports[index]),
                "SAGEMAKER_SAFE_PORT_RANGE": SAFE_PORT_RANGE,
            }
        return ContainerSpec(name, stage.image, "serve", tree, (mount,), environment, ports[index])


def _find_header(headers: Mapping[str, str], key: str) -> str:
    return next((headers[name] for name in headers if name.lower() == key.lower()), "")
