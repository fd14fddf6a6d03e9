"""A request that waits for a cold start goes to the new fleet when its own one ends meanwhile."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.background.running_endpoints import RunningEndpoints
from local_test.service.background.variant import IdleStop, Variant

PLACE = ("eu-west-1", "waiting")


def make_variant(name: str, running: RunningEndpoints, *, successor: Variant | None) -> Variant:
    """Give a variant that is idle at once; its second start ends it for its successor."""
    started: list[str] = []

    def start(_stop: threading.Event) -> Any:
        started.append(name)
        if len(started) > 1:
            running.replace(*PLACE, [] if successor is None else [successor])
        return nullcontext()

    idle = IdleStop(0.0, lambda: None, lambda _seconds: None)
    return Variant(name, 1.0, start, {}, 0.0, idle=idle)


@pytest.mark.parametrize("replaced", [True, False])
def test_a_request_survives_the_end_of_the_fleet_that_it_woke(*, replaced: bool) -> None:
    running, stop = RunningEndpoints(), threading.Event()
    new = make_variant("new", running, successor=None) if replaced else None
    old = make_variant("old", running, successor=new)
    for variant in filter(None, (old, new)):
        variant.add_instance(stop)
    running.switch(*PLACE, [old])
    old.sleep_if_idle()
    assert old.is_asleep
    assert old.count == 1
    if new is None:
        with pytest.raises(ApiError, match="not found"), running.reserve(*PLACE):
            pass
    else:
        with running.reserve(*PLACE) as (variant, _):
            assert variant is new
    assert old.is_closed
    running.close()
