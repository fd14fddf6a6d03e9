"""Start the containers of an endpoint from its endpoint configuration."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from secrets import token_hex

from local_test.endpoints import Endpoint
from local_test.platform.limits import ASYNC_BYTES, PAYLOAD_BYTES, PING_WINDOW_SECONDS
from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import LogStream
from local_test.service.background.running_endpoints import Variant
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.models.container_definitions import build_stages, is_direct
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record
from local_test.workspace import open_workspace

LOG_GROUP_PREFIX = "/aws/sagemaker/Endpoints/"


@dataclass(frozen=True)
class Deployment:
    """Starts the variants of one endpoint. `stop` ends the wait for their health."""

    backend: Backend
    region: str
    endpoint: str
    stop: threading.Event

    def start(self, config: str) -> list[Variant]:
        """Start all variants of an endpoint configuration; if one fails, the others are stopped."""
        record = self.backend.records.get(ENDPOINT_CONFIG, self.region, config)
        started: list[Variant] = []
        with ExitStack() as stack:
            for variant in record["ProductionVariants"]:
                running = self._start_variant(variant, record)
                stack.callback(running.close)
                started.append(running)
            stack.pop_all()
        return started

    def _start_variant(self, variant: Record, config: Record) -> Variant:
        start = _VariantStarter(self, variant, asynchronous="AsyncInferenceConfig" in config)
        weight = variant.get("InitialVariantWeight", 1.0)
        return Variant(variant["VariantName"], weight, start(), start, config)


@dataclass(frozen=True)
class _VariantStarter:
    """Starts the containers of one variant, each time it is called."""

    deployment: Deployment
    variant: Record
    asynchronous: bool
    instance: str = field(default_factory=lambda: f"i-0{token_hex(8)}")

    def __call__(self) -> Endpoint:
        """Start the containers and wait until they are healthy."""
        backend, region = self.deployment.backend, self.deployment.region
        model = backend.records.get(MODEL, region, self.variant["ModelName"])
        seconds = self.variant.get(
            "ContainerStartupHealthCheckTimeoutInSeconds", PING_WINDOW_SECONDS
        )
        isolated = model["EnableNetworkIsolation"]
        aws = backend.make_aws_access(region, model.get("ExecutionRoleArn"), isolated=isolated)
        with open_workspace() as folder:
            built = build_stages(backend, region, model, folder)
            built.log_notices(self._log)
            self._keep_notices(built.list_notices())
            return Endpoint(
                built.stages,
                built.engine,
                logs=self._log,
                ping_seconds=seconds,
                payload_bytes=ASYNC_BYTES if self.asynchronous else PAYLOAD_BYTES,
                isolated=isolated,
                aws=aws,
                direct=is_direct(model),
                stop=self.deployment.stop,
            ).__enter__()

    def _keep_notices(self, notices: Sequence[str]) -> None:
        """Add the notices of this variant's images to the endpoint's record, for its page."""
        records, region = self.deployment.backend.records, self.deployment.region
        with records.lock():
            record = records.get(ENDPOINT, region, self.deployment.endpoint)
            all_notices = {
                **record.get("ImageNotices", {}),
                self.variant["VariantName"]: list(notices),
            }
            records.update(ENDPOINT, region, self.deployment.endpoint, ImageNotices=all_notices)

    def _log(self, container: str, line: str) -> None:
        stream = f"{self.variant['VariantName']}/{self.instance}"
        if container != "primary":
            stream = f"{stream}/{container}"
        group = f"{LOG_GROUP_PREFIX}{self.deployment.endpoint}"
        self.deployment.backend.logs.add(LogStream(self.deployment.region, group, stream), line)
