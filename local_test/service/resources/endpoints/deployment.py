"""Start the containers of an endpoint from its endpoint configuration."""

import math
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import Any

from local_test.endpoints import Endpoint
from local_test.endpoints.explained import ExplainedEndpoint
from local_test.platform.limits import (
    ASYNC_BYTES,
    ASYNC_SECONDS,
    PAYLOAD_BYTES,
    PING_WINDOW_SECONDS,
    SERVERLESS_IDLE_SECONDS,
    STREAM_SECONDS,
)
from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import LogStream
from local_test.service.background.variant import IdleStop, Variant
from local_test.service.resources.endpoint_configs.blueprint import Blueprint
from local_test.service.resources.endpoint_configs.explainer_config import EXPLAINER
from local_test.service.resources.endpoint_configs.explainer_container import build_explainer
from local_test.service.resources.endpoint_configs.resource import SHADOWS, list_configured
from local_test.service.resources.endpoints.instance_count import (
    LOG_GROUP_PREFIX,
    InstanceCount,
    VariantState,
)
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.models.container_definitions import build_stages, is_direct
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record
from local_test.workspace import open_workspace


@dataclass(frozen=True)
class Deployment:
    """Starts the variants of one endpoint. `stop` ends the wait for their health.

    `blueprint` is what the variants are made from; components need none. `states` are the weight
    and the instance count of variants that do not start with those of the configuration, and
    `config_changes` are fields that differ from it.
    """

    backend: Backend
    region: str
    endpoint: str
    stop: threading.Event
    blueprint: Blueprint = field(default_factory=lambda: Blueprint({}, {}))
    states: Mapping[str, VariantState] = field(default_factory=dict)
    config_changes: Mapping[str, Any] = field(default_factory=dict)

    def start(self) -> Sequence[Variant]:
        """Start all variants of the blueprint; if one fails, the others are stopped."""
        variants = self.prepare()
        with ExitStack() as stack:
            for variant in variants:
                stack.callback(variant.close)
            self.grow(variants, 1.0)
            stack.pop_all()
        return variants

    def prepare(self) -> Sequence[Variant]:
        """Return the variants of the blueprint, without instances."""
        record = {**self.blueprint.config, **self.config_changes}
        return [
            self._make_variant(variant, record, is_shadow=field == SHADOWS)
            for field, variant in list_configured(record)
        ]

    def count_instances(self, variants: Sequence[Variant]) -> int:
        """Return how many instances variants have when they are complete."""
        return sum(variant.desired_count for variant in variants)

    def grow(self, variants: Sequence[Variant], share: float) -> None:
        """Start a share of the instances of each variant, at least one of those that have some."""
        for variant in variants:
            self.reach(variant, math.ceil(round(variant.desired_count * share, 9)))

    def reach(self, variant: Variant, count: int) -> None:
        """Start or stop instances of a variant until it has `count`."""
        InstanceCount(self.backend, self.region, self.endpoint, self.stop).reach(variant, count)

    def read_state(self, variant: Record) -> VariantState:
        """Return the weight and instance count that a variant starts with."""
        initial = VariantState(
            variant.get("InitialVariantWeight", 1.0), variant.get("InitialInstanceCount", 1)
        )
        return self.states.get(variant["VariantName"], initial)

    def _make_variant(self, variant: Record, config: Record, *, is_shadow: bool) -> Variant:
        asynchronous = "AsyncInferenceConfig" in config
        group = f"{LOG_GROUP_PREFIX}{self.endpoint}"
        explained = config if EXPLAINER in config and not is_shadow else None
        model = self.blueprint.models.get(variant.get("ModelName", ""), {})
        start = _InstanceStarter(
            self, variant, model, group, asynchronous=asynchronous, explained=explained
        )
        seconds = ASYNC_SECONDS if asynchronous else STREAM_SECONDS
        state = self.read_state(variant)
        name = variant["VariantName"]
        return Variant(
            *(name, state.weight, start, config, seconds, state.count),
            is_shadow=is_shadow,
            is_host="ModelName" not in variant,
            max_concurrency=variant.get("ServerlessConfig", {}).get("MaxConcurrency"),
            idle=self._make_idle_stop(variant, group),
        )

    def make_component(self, name: str, variant: Record, config: Record, log_group: str) -> Variant:
        """Return an inference component without copies.

        `variant` has the name of the variant that hosts it, and its model: `ModelName`, or the
        definition in `Model`. Raises ApiError when the model does not exist.
        """
        model = variant.get("Model") or self.backend.records.get(
            MODEL, self.region, variant["ModelName"]
        )
        start = _InstanceStarter(self, variant, model, log_group)
        host = variant["VariantName"]
        idle = self._make_idle_stop(variant, log_group)
        return Variant(name, 1.0, start, config, STREAM_SECONDS, host=host, idle=idle)

    def _make_idle_stop(self, variant: Record, log_group: str) -> IdleStop | None:
        """Return when the containers of a variant are stopped, None if they are never.

        Source: Developer Guide, 'Deploy models with Serverless Inference': on-demand endpoints
        scale to zero, provisioned concurrency is kept warm.
        """
        serverless = variant.get("ServerlessConfig")
        limits = [] if self.backend.idle_stop is None else [self.backend.idle_stop]
        if serverless is not None:
            if serverless.get("ProvisionedConcurrency"):
                return None
            limits.append(SERVERLESS_IDLE_SECONDS)
        if not limits:
            return None
        name, seconds = variant["VariantName"], min(limits)

        def log(line: str) -> None:
            stream = LogStream(self.region, log_group, f"{name}/instances")
            self.backend.logs.add(stream, line)

        def report_start(taken: float) -> None:
            log(f"cold start: the containers started in {taken:.2f} s")
            if serverless is not None:
                owner = (self.region, self.endpoint, name)
                self.backend.endpoint_metrics.add_setup(owner, taken)

        sentence = f"no request for {seconds:g} s: containers stopped until the next one"
        return IdleStop(seconds, lambda: log(sentence), report_start)


@dataclass(frozen=True)
class _InstanceStarter:
    """Starts one set of containers of a variant, each time it is called.

    `model` is the record of its model, which may be deleted by now; a host of components has none.
    `explained` is the endpoint configuration of a variant whose predictions are explained.
    """

    deployment: Deployment
    variant: Record
    model: Record
    log_group: str
    asynchronous: bool = False
    explained: Record | None = None

    def __call__(self, stop: threading.Event) -> Endpoint:
        """Start the containers and wait until they are healthy."""
        backend, region = self.deployment.backend, self.deployment.region
        model = self.model
        seconds = self.variant.get(
            "ContainerStartupHealthCheckTimeoutInSeconds", PING_WINDOW_SECONDS
        )
        isolated = model["EnableNetworkIsolation"]
        aws = backend.make_aws_access(region, model.get("ExecutionRoleArn"), isolated=isolated)
        log = partial(self._log, f"i-0{token_hex(8)}")
        with open_workspace() as folder:
            built = build_stages(backend, region, model, folder)
            built.log_notices(log)
            self._keep_notices(built.list_notices())
            options: dict[str, Any] = {
                "logs": log,
                "ping_seconds": seconds,
                "payload_bytes": ASYNC_BYTES if self.asynchronous else PAYLOAD_BYTES,
                "isolated": isolated,
                "aws": aws,
                "direct": is_direct(model),
                "stop": stop,
            }
            if self.explained is None:
                return Endpoint(built.stages, built.engine, **options).__enter__()
            explainer = build_explainer(
                backend, region, self.explained, folder / "explainer", log, stop
            )
            explained = ExplainedEndpoint(built.stages, built.engine, explainer, **options)
            return explained.__enter__()

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

    def _log(self, instance: str, container: str, line: str) -> None:
        stream = f"{self.variant['VariantName']}/{instance}"
        if container != "primary":
            stream = f"{stream}/{container}"
        where = LogStream(self.deployment.region, self.log_group, stream)
        self.deployment.backend.logs.add(where, line)
