"""A serving container, and raw HTTP requests to it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.trainer import ContainerLog
from local_test.endpoints.health import wait_until_healthy
from local_test.endpoints.model_directory import install_model
from local_test.engines.protocol import Confinement, Container, ContainerSpec, Engine, Mount
from local_test.platform.limits import SAFE_PORT_RANGE
from local_test.platform.opt_ml_tree import OptMlTree

WINDOW_SECONDS = 60.0
INVOCATIONS = "/invocations"
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True)
class ContainerResponse:
    """A response; status 0 means that none came, and `body` says why."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    seconds: float

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content_type_header(self) -> str:
        """The Content-Type as received, which the next container of a pipeline gets."""
        return self.headers.get("content-type", "")

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == 200

    @property
    def lines(self) -> list[bytes]:
        """The body's lines."""
        return self.body.splitlines()

    def __str__(self) -> str:
        shown = self.body[:80].decode("utf-8", errors="replace")
        return f"status {self.status}, {self.media_type or 'no content type'}, {shown!r}"


class ServingContainer:
    """A serving container; `port` is its port in its own network."""

    def __init__(
        self,
        subject: ImageUnderTest,
        container: Container,
        tree: OptMlTree,
        log: ContainerLog,
        port: int,
    ) -> None:
        self._subject = subject
        self.container = container
        self.port = port
        self.tree = tree
        self.log = log

    def invoke(
        self,
        body: bytes | Iterator[bytes] | None = None,
        content_type: str | None = "",
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        path: str = INVOCATIONS,
        method: str = "POST",
    ) -> ContainerResponse:
        """Send a request, the subject's own by default; None omits a header."""
        sent_headers = dict(headers or {})
        kind = self._subject.request_type if content_type == "" else content_type
        if kind is not None:
            sent_headers["Content-Type"] = kind
        if accept is not None:
            sent_headers["Accept"] = accept
        data = self._subject.request if body is None else body
        return self.send(method, path, data, sent_headers)

    def wait_until_healthy(self) -> None:
        """Wait until /ping returns 200. Raises ContainerError when it does not."""
        wait_until_healthy([self.container], WINDOW_SECONDS)

    def get(self, path: str) -> ContainerResponse:
        """Send a GET request."""
        return self.send("GET", path, None, {})

    def send(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None, headers: dict[str, str]
    ) -> ContainerResponse:
        """Send exactly this request over a new connection."""
        begin = time.monotonic()
        with urllib3.PoolManager(retries=False, timeout=_ANSWER_SECONDS) as pool:
            try:
                response = pool.request(
                    method, f"{self.container.url}{path}", body=body, headers=headers
                )
                status, data, received = response.status, response.data, response.headers
            except urllib3.exceptions.HTTPError as error:
                status, data, received = 0, str(error).encode(), urllib3.HTTPHeaderDict()
        lowered = {name.lower(): value for name, value in received.items()}
        return ContainerResponse(status, data, lowered, time.monotonic() - begin)


@dataclass(frozen=True)
class ServingPlan:
    """How to serve; the defaults are the ordinary way.

    `variants` change the model folder before the start; `models` are archives by name, for a
    multi-model container.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Callable[[Path], None], ...] = ()
    model: Path | None = None
    confinement: Confinement = field(default_factory=Confinement)
    listeners: int = 1
    models: Mapping[str, Path] | None = None


@contextmanager
def launch_container(
    subject: ImageUnderTest,
    engine: Engine,
    directory: Path,
    plan: ServingPlan,
    end: Callable[[Container], None],
) -> Iterator[ServingContainer]:
    """Start a serving container without waiting for its health; `end` ends it after the block."""
    tree = OptMlTree(directory)
    mounts = [Mount("model", read_only=True)]
    if plan.models is not None:
        mounts = [Mount("models", read_only=True)]
        (tree.root / "models").mkdir(parents=True)
        for name, archive in plan.models.items():
            install_model(archive, tree.root / "models" / name / "model", subject.max_model_size)
    else:
        install_model(plan.model, tree.model, subject.max_model_size)
        for variant in plan.variants:
            variant(tree.model)
    log = ContainerLog()
    with engine.open_network("conform", log, plan.listeners) as network:
        port = network.ports[0]
        environment = {**subject.environment, **plan.environment}
        if plan.listeners > 1:
            environment["SAGEMAKER_BIND_TO_PORT"] = str(port)
            environment["SAGEMAKER_SAFE_PORT_RANGE"] = SAFE_PORT_RANGE
        spec = ContainerSpec(
            "primary",
            subject.image,
            "serve",
            tree,
            tuple(mounts),
            environment,
            port,
            confinement=plan.confinement,
        )
        container = network.start(spec)
        try:
            yield ServingContainer(subject, container, tree, log, port)
        finally:
            end(container)


@contextmanager
def serve_container(
    subject: ImageUnderTest,
    engine: Engine,
    directory: Path,
    plan: ServingPlan,
    end: Callable[[Container], None],
) -> Iterator[ServingContainer]:
    """Start a serving container and wait for its health; `end` ends it after the block.

    Raises ContainerError when it does not become healthy.
    """
    with launch_container(subject, engine, directory, plan, end) as server:
        server.wait_until_healthy()
        yield server
