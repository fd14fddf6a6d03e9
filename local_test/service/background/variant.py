"""One production variant: its instances, and the balance of requests between them.

An instance is one set of the variant's containers. A request goes to the instance with the fewest
requests under way. An instance that leaves takes no new requests, and is stopped when its last
request has its response. The instances of an idle variant sleep: they are stopped, and start again
with the next request.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local_test.endpoints import Endpoint
from local_test.errors import ContainerError, EngineError, LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.clock import SERVICE_CLOCK

_POLL_SECONDS = 0.2


class NoInstanceError(ApiError):
    """A variant is scaled to zero instances, or ends."""

    def __init__(self, variant: str) -> None:
        message = f"no instance in service: variant {variant}. Send the request again later."
        super().__init__("ServiceUnavailable", message, 503)


class ThrottledError(ApiError):
    """A serverless variant has as many requests under way as it takes.

    Source: Developer Guide, 'Serverless Inference': requests beyond MaxConcurrency are throttled.
    """

    def __init__(self, variant: str, limit: int) -> None:
        message = (
            f"Rate exceeded: variant {variant} has {limit} requests under way, its MaxConcurrency. "
            "Send the request again later."
        )
        super().__init__("ThrottlingException", message, 429)


class ColdStartError(ApiError):
    """The containers of a variant that slept did not start again.

    Source: API, InvokeEndpoint: ModelNotReadyException.
    """

    def __init__(self, variant: str, reason: str) -> None:
        message = f"the containers of variant {variant} did not start again: {reason}"
        super().__init__("ModelNotReadyException", message, 429)


@dataclass(frozen=True)
class IdleStop:
    """When the instances of a variant are stopped: after `seconds` without a request.

    `on_stop` is called when they stop, `on_start` when a request has started them again, with the
    seconds that it took.
    """

    seconds: float
    on_stop: Callable[[], None]
    on_start: Callable[[float], None]


class Instance:
    """One set of containers; `requests` are under way, `served` is the number of all."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.failed = False
        self.requests = 0
        self.served = 0


class Variant:
    """One production variant; thread-safe.

    `start` starts one more set of containers; an event ends the wait for its health. `config` is
    the endpoint configuration that it was started from. `drain_seconds` is the longest time to wait
    for the last requests of an instance, `desired_count` how many instances it starts with. A
    shadow variant gets copies of requests alone. `host` is the variant on whose instances an
    inference component runs. Such a variant has no containers, but `host_count` instances. A
    serverless variant has at most `max_concurrency` requests under way. With `idle` its instances
    sleep while there are no requests; they count as instances.
    """

    def __init__(
        self,
        name: str,
        weight: float,
        start: Callable[[threading.Event], Endpoint],
        config: Mapping[str, Any],
        drain_seconds: float,
        desired_count: int = 1,
        *,
        is_shadow: bool = False,
        max_concurrency: int | None = None,
        host: str = "",
        is_host: bool = False,
        idle: IdleStop | None = None,
    ) -> None:
        self.name = name
        self.weight = weight
        self.config = config
        self.desired_count = desired_count
        self.is_shadow = is_shadow
        self.max_concurrency = max_concurrency
        self.host = host
        self.is_host = is_host
        self.host_count = 0
        self._start = start
        self._drain_seconds = drain_seconds
        self._instances: list[Instance] = []
        self._idle = idle
        self._asleep = 0
        self._waiting = 0
        self._used = SERVICE_CLOCK.read()
        self._failed_starts = 0
        self._failure = ""
        self._starting = threading.Lock()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_asynchronous(self) -> bool:
        """Return True if its requests are queued and the responses written to S3."""
        return "AsyncInferenceConfig" in self.config

    @property
    def is_closed(self) -> bool:
        """Return True if its instances are stopped, or about to be."""
        return self._closed

    @property
    def count(self) -> int:
        """The number of instances that take requests, at once or after a cold start."""
        return self.host_count if self.is_host else len(self._instances) + self._asleep

    @property
    def is_asleep(self) -> bool:
        """Return True if its instances are stopped until the next request."""
        return self._asleep > 0 and not self._instances

    @property
    def requests(self) -> int:
        """The number of requests under way, with those that wait for a cold start."""
        with self._lock:
            return self._count_requests()

    def list_endpoints(self) -> Sequence[Endpoint]:
        """Return the containers of each instance."""
        with self._lock:
            return [instance.endpoint for instance in self._instances]

    def has_instance(self, instance: Instance) -> bool:
        """Return True if an instance takes requests."""
        with self._lock:
            return instance in self._instances

    def acquire(self, chosen: Instance | None = None) -> Instance | None:
        """Return the instance that takes a request, counted as under way until `release`.

        `chosen` takes it if it is there still. None means that the instances sleep: call
        `wake` then. Raises NoInstanceError when there is none, and ThrottledError when there are
        too many requests under way.
        """
        with self._lock:
            limit = self.max_concurrency
            if limit is not None and self._count_requests() >= limit:
                raise ThrottledError(self.name, limit)
            if chosen is None and self._asleep and not self._instances:
                self._waiting += 1
                return None
            return self._choose(chosen)

    def wake(self, stop: threading.Event) -> Instance:
        """Start an instance that sleeps, and return it as `acquire` does; `stop` ends the start.

        Requests that come meanwhile wait for the same start. Raises ColdStartError when the
        containers do not start, and NoInstanceError when the variant ends.
        """
        failures = self._failed_starts
        try:
            with self._starting:
                if self._failed_starts > failures:
                    raise ColdStartError(self.name, self._failure)
                if self.is_asleep:
                    self._start_again(stop)
            with self._lock:
                return self._choose(None)
        finally:
            with self._lock:
                self._waiting -= 1

    def wake_rest(self, stop: threading.Event) -> None:
        """Start the other instances that sleep after a request has started the first one.

        Raises what starting containers raises.
        """
        while self._asleep and self._instances:
            self._start_sleeper(stop)

    def sleep_if_idle(self) -> None:
        """Stop all instances if there was no request for a while.

        Raises what stopping containers raises.
        """
        idle, moment = self._idle, SERVICE_CLOCK.read()
        with self._lock:
            if idle is None or self._count_requests() or moment < self._used + idle.seconds:
                return
            leaving, self._instances = self._instances, []
            self._asleep += len(leaving)
        if leaving:
            idle.on_stop()
            _stop_all(leaving)

    def release(self, instance: Instance) -> None:
        """Count a request of `acquire` or `wake` as answered."""
        with self._lock:
            instance.requests -= 1
            self._used = SERVICE_CLOCK.read()

    def add_instance(self, stop: threading.Event) -> None:
        """Start one more instance; requests go to it when it is healthy.

        Raises what starting containers raises.
        """
        instance = Instance(self._start(stop))
        with self._lock:
            if not self._closed:
                self._add(instance)
                return
        _stop(instance)

    def remove_instance(self, stop: threading.Event) -> None:
        """Stop the newest instance after its last request; `stop` ends the wait."""
        with self._lock:
            if self._asleep:
                self._asleep -= 1
                return
            leaving = self._instances.pop()
        self._drain([leaving], stop)

    def close(self, stop: threading.Event | None = None) -> None:
        """Stop all instances: with `stop` after their last requests, unless it is set."""
        with self._lock:
            self._closed = True
            self._asleep = 0
            leaving, self._instances = self._instances, []
        if stop is not None:
            self._drain(leaving, stop)
        else:
            _stop_all(leaving)

    def replace_failed(self, stop: threading.Event) -> None:
        """Start an instance anew whose containers have ended, as the service does.

        Raises what starting containers raises.
        """
        with self._lock:
            instances = tuple(self._instances)
        for instance in instances:
            try:
                instance.endpoint.check_running()
            except ContainerError:
                instance.failed = True
                self._restart(instance, stop)

    def _count_requests(self) -> int:
        return self._waiting + sum(one.requests for one in self._instances)

    def _choose(self, chosen: Instance | None) -> Instance:
        able = [one for one in self._instances if chosen in {None, one}]
        if not able:
            raise NoInstanceError(self.name)
        best = min(able, key=lambda one: (one.failed, one.requests, one.served))
        best.requests += 1
        best.served += 1
        self._used = SERVICE_CLOCK.read()
        return best

    def _start_again(self, stop: threading.Event) -> None:
        """Start the first instance that sleeps; all requests that wait for it fail as it does."""
        begin = time.monotonic()
        try:
            self._start_sleeper(stop)
        except (LocalError, ApiError, OSError) as error:
            self._failed_starts, self._failure = self._failed_starts + 1, str(error)
            raise ColdStartError(self.name, self._failure) from error
        if self._idle is not None:
            self._idle.on_start(time.monotonic() - begin)

    def _start_sleeper(self, stop: threading.Event) -> None:
        instance = Instance(self._start(stop))
        with self._lock:
            if self._asleep:
                self._asleep -= 1
                self._add(instance)
                return
        _stop(instance)  # closed or scaled in meanwhile

    def _add(self, instance: Instance) -> None:
        instance.served = min((one.served for one in self._instances), default=0)
        self._instances.append(instance)
        self._used = SERVICE_CLOCK.read()

    def _restart(self, instance: Instance, stop: threading.Event) -> None:
        fresh = Instance(self._start(stop))
        with self._lock:
            kept = instance in self._instances
            if kept:
                self._instances[self._instances.index(instance)] = fresh
        with suppress(ContainerError):
            _stop(instance)
        if not kept:  # deleted meanwhile
            _stop(fresh)

    def _drain(self, leaving: Sequence[Instance], stop: threading.Event) -> None:
        deadline = time.monotonic() + self._drain_seconds
        while any(one.requests for one in leaving) and time.monotonic() < deadline:
            if stop.wait(_POLL_SECONDS):
                break
        _stop_all(leaving)


def _stop_all(instances: Sequence[Instance]) -> None:
    """Stop instances, each one even if another fails. Raises the first error."""
    errors: list[ContainerError | EngineError] = []
    for instance in instances:
        try:
            _stop(instance)
        except (ContainerError, EngineError) as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _stop(instance: Instance) -> None:
    instance.endpoint.__exit__(None, None, None)
