"""The running endpoints: their variants, and the choice of the variant for a request."""

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from local_test.endpoints import Endpoint
from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.background.variant import Variant
from local_test.service.error_boundary import run_round

_POLL_SECONDS = 1.0
_chance = secrets.SystemRandom()


@dataclass
class RunningEndpoints:
    """The variants of all running endpoints by region and name; thread-safe."""

    _variants: dict[tuple[str, str], Sequence[Variant]] = field(default_factory=dict)
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
            before = self._variants.pop((region, name), ())
            if variants:
                self._variants[region, name] = variants
            if self._thread is None:
                self._thread = threading.Thread(target=self._supervise, name="hosting", daemon=True)
                self._thread.start()
        return [variant for variant in before if variant not in variants]

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
    ) -> Iterator[tuple[Variant, Endpoint]]:
        """Context manager: yield a variant as `pick_variant` does, and the containers to ask.

        They are not stopped before it ends. Raises NoInstanceError when no instance is in service.
        """
        with self._lock:
            variant = self._pick(region, name, variant_name)
            instance = variant.acquire()
        try:
            yield variant, instance.endpoint
        finally:
            variant.release(instance)

    def list_variants(self, region: str, name: str) -> Sequence[Variant]:
        """Return the variants of an endpoint, none if it does not run."""
        with self._lock:
            return self._variants.get((region, name), ())

    def close(self) -> None:
        """Stop all endpoints."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        for region, name in list(self._variants):
            self.replace(region, name, ())

    def _pick(self, region: str, name: str, variant_name: str | None) -> Variant:
        variants = self._variants.get((region, name), ())
        if not variants:
            raise ApiError("ValidationError", f"Endpoint {name} of account {ACCOUNT} not found.")
        chosen = [one for one in variants if variant_name in {None, one.name}]
        if not chosen:
            message = f"Variant {variant_name} was not found for endpoint {name}."
            raise ApiError("ValidationError", message)
        weights = [variant.weight for variant in chosen]
        return _chance.choices(chosen, weights if any(weights) else None)[0]

    def _supervise(self) -> None:
        """Restart instances that have ended, as the service replaces unhealthy instances."""
        while not self._closing.wait(_POLL_SECONDS):
            with self._lock:
                running = [item for variants in self._variants.values() for item in variants]
            for variant in running:
                run_round(partial(self._replace_failed, variant))

    def _replace_failed(self, variant: Variant) -> None:
        with suppress(LocalError, ApiError):  # tried again at the next glance
            variant.replace_failed(self._closing)
