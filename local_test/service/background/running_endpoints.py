"""The running endpoints: their variants, and the choice of the variant for a request."""

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.background.endpoint_metrics import Owner
from local_test.service.background.variant import (
    ColdStartError,
    Instance,
    NoInstanceError,
    Variant,
)
from local_test.service.error_boundary import run_round

_POLL_SECONDS = 1.0
_chance = secrets.SystemRandom()

Fleet = tuple[float, Sequence[Variant]]
"""A share of the requests, and the variants that divide it by weight."""


@dataclass
class RunningEndpoints:
    """The fleets of all running endpoints by region and name; thread-safe.

    A fleet is all variants of one endpoint configuration, with its share of the requests. There are
    two while a deployment moves the traffic.
    """

    _fleets: dict[tuple[str, str], Sequence[Fleet]] = field(default_factory=dict)
    _components: dict[tuple[str, str], Variant] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def replace(
        self,
        region: str,
        name: str,
        variants: Sequence[Variant],
        stop: threading.Event | None = None,
    ) -> None:
        """Route requests to these variants and stop the previous ones; none end the endpoint.

        With `stop`, these answer their last requests before, unless it is set.
        """
        for variant in self.switch(region, name, variants):
            variant.close(stop)

    def switch(self, region: str, name: str, variants: Sequence[Variant]) -> Sequence[Variant]:
        """Route requests to these variants; return those that take no new requests any more."""
        with self._lock:
            before = self._fleets.pop((region, name), ())
            if variants:
                self._fleets[region, name] = [(1.0, variants)]
            if self._thread is None:
                self._thread = threading.Thread(target=self._supervise, name="hosting", daemon=True)
                self._thread.start()
        return [one for _, fleet in before for one in fleet if one not in variants]

    def split(self, region: str, name: str, fleets: Sequence[Fleet]) -> None:
        """Divide the requests among fleets by their shares."""
        with self._lock:
            self._fleets[region, name] = fleets

    def set_weights(self, region: str, name: str, weights: Mapping[str, float]) -> None:
        """Set the weights of variants by name; variants without a new weight keep theirs."""
        for variant in self.list_variants(region, name):
            variant.weight = weights.get(variant.name, variant.weight)

    def pick_variant(self, region: str, name: str, variant_name: str | None) -> Variant:
        """Return the variant of this name, or without a name a random one by weight.

        Raises ApiError when the endpoint or the variant does not exist.
        """
        with self._lock:
            return self._pick(region, name, variant_name)

    @contextmanager
    def reserve(
        self, region: str, name: str, variant_name: str | None = None
    ) -> Iterator[tuple[Variant, Instance]]:
        """Context manager: yield a variant as `pick_variant` does, and the instance to ask.

        It is not stopped before it ends. An instance that sleeps is started. Raises NoInstanceError
        when no instance is in service, ThrottledError when a serverless variant takes no more
        requests, and ColdStartError when the containers do not start again.
        """
        variant, instance = self._acquire(region, name, variant_name)
        try:
            yield variant, instance
        finally:
            variant.release(instance)

    @contextmanager
    def hold(self, variant: Variant, chosen: Instance | None = None) -> Iterator[Instance]:
        """Context manager: yield an instance of one variant, or the chosen one, as `reserve`."""
        instance = variant.acquire(chosen) or variant.wake(self._closing)
        try:
            yield instance
        finally:
            variant.release(instance)

    def set_component(self, region: str, name: str, component: Variant | None) -> None:
        """Route the requests for an inference component to its copies; None ends them."""
        with self._lock:
            self._components.pop((region, name), None)
            if component is not None:
                self._components[region, name] = component

    def find_component(self, region: str, name: str) -> Variant | None:
        """Return the copies of an inference component, None if it has none yet."""
        with self._lock:
            return self._components.get((region, name))

    def list_shadows(self, region: str, name: str, production: Variant) -> Sequence[Variant]:
        """Return the shadow variants beside a production variant of an endpoint."""
        return [
            one
            for one in self.list_variants(region, name)
            if one.is_shadow and one.config is production.config
        ]

    def list_variants(self, region: str, name: str) -> Sequence[Variant]:
        """Return the variants of an endpoint, those of all fleets; none if it does not run."""
        with self._lock:
            return [one for _, fleet in self._fleets.get((region, name), ()) for one in fleet]

    def list_running(self) -> Sequence[tuple[Owner, Variant]]:
        """Return the variants of all endpoints and all inference components."""
        with self._lock:
            found: list[tuple[Owner, Variant]] = [
                ((region, name, one.name), one)
                for (region, name), fleets in self._fleets.items()
                for _, fleet in fleets
                for one in fleet
            ]
            components = self._components.items()
            return [*found, *(((region, None, one.name), one) for (region, _), one in components)]

    def list_shares(self, region: str, name: str) -> Mapping[str, float]:
        """Return the shares of an endpoint's requests by the names of endpoint configurations."""
        with self._lock:
            fleets = self._fleets.get((region, name), ())
            return {
                str(fleet[0].config.get("EndpointConfigName")): share
                for share, fleet in fleets
                if fleet
            }

    def close(self) -> None:
        """Stop all endpoints."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        for component in self._components.values():
            component.close()
        for region, name in list(self._fleets):
            self.replace(region, name, ())

    def _acquire(
        self, region: str, name: str, variant_name: str | None
    ) -> tuple[Variant, Instance]:
        """Return a variant and its instance; if it ends during a cold start, the next one's."""
        while True:
            with self._lock:
                variant = self._pick(region, name, variant_name)
                instance = variant.acquire()
            try:
                return variant, instance or variant.wake(self._closing)
            except (NoInstanceError, ColdStartError):
                if not variant.is_closed:
                    raise

    def _pick(self, region: str, name: str, variant_name: str | None) -> Variant:
        fleets = self._fleets.get((region, name), ())
        if not fleets:
            raise ApiError("ValidationError", f"Endpoint {name} of account {ACCOUNT} not found.")
        chosen = [
            (
                share,
                [one for one in fleet if not one.is_shadow and variant_name in {None, one.name}],
            )
            for share, fleet in fleets
        ]
        able = [(share, fleet) for share, fleet in chosen if fleet]
        if not able:
            message = f"Variant {variant_name} was not found for endpoint {name}."
            raise ApiError("ValidationError", message)
        shares = [share for share, _ in able]
        [(_, variants)] = _chance.choices(able, shares if any(shares) else None)
        weights = [variant.weight for variant in variants]
        return _chance.choices(variants, weights if any(weights) else None)[0]

    def _supervise(self) -> None:
        """Restart instances that have ended, and stop those of idle variants.

        The service replaces unhealthy instances, too.
        """
        while not self._closing.wait(_POLL_SECONDS):
            with self._lock:
                fleets = [fleet for fleets in self._fleets.values() for _, fleet in fleets]
                fleets.append(tuple(self._components.values()))
            for variant in (one for fleet in fleets for one in fleet):
                run_round(partial(self._look_after, variant))

    def _look_after(self, variant: Variant) -> None:
        with suppress(LocalError, ApiError):  # tried again at the next glance
            variant.replace_failed(self._closing)
            variant.wake_rest(self._closing)
            variant.sleep_if_idle()
