"""The copy of a request for the endpoint's shadow variant.

Source: Developer Guide, 'Shadow variants': the weight of the shadow variant, divided by that of the
production variant, is the share of the requests that are copied; responses of the shadow variant
are captured and never returned.
"""

import secrets
import time
from functools import partial

from local_test.service.backend import Backend
from local_test.service.background.shadow_traffic import Outcome
from local_test.service.background.variant import ColdStartError, NoInstanceError, Variant
from local_test.service.resources.endpoints.runtime.exchange_record import (
    Exchange,
    record_exchange,
)
from local_test.service.resources.endpoints.runtime.runtime_call import RuntimeCall

_chance = secrets.SystemRandom()


def copy_to_shadow(backend: Backend, call: RuntimeCall, exchange: Exchange) -> None:
    """Send a request to the shadow variants too, as often as their weights say, and return."""
    production = exchange.variant
    key = (call.region, call.endpoint)
    for shadow in backend.running_endpoints.list_shadows(*key, production):
        if _chance.random() * production.weight < shadow.weight:
            names = (production.name, shadow.name)
            work = partial(_send_copy, backend, call, exchange, shadow)
            backend.shadow_traffic.submit(key, names, work)


def _send_copy(backend: Backend, call: RuntimeCall, exchange: Exchange, shadow: Variant) -> None:
    parameters, production = call.parameters, exchange.variant
    received = time.time()
    try:
        with backend.running_endpoints.hold(shadow) as instance:
            started = time.time()
            answer = instance.endpoint.invoke(
                call.body, parameters.get("ContentType"), parameters.get("Accept"), call.headers
            )
            seconds = time.time() - started
    except (NoInstanceError, ColdStartError):  # deleted meanwhile, or it does not start again
        return
    copied = Exchange(shadow, answer, started, seconds)
    record_exchange(backend, call.at(received), copied)
    backend.shadow_traffic.add(
        (call.region, call.endpoint),
        (production.name, shadow.name),
        Outcome(exchange.model_seconds, exchange.answer.body, exchange.answer.ok),
        Outcome(seconds, answer.body, answer.ok),
    )
