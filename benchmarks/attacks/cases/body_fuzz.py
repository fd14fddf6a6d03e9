"""Body fuzz: every format, mutated and made up, over kept connections."""

from __future__ import annotations

import http.client
import random
import time

from benchmarks.attacks.base import Attack, Ground, Tally, Target
from benchmarks.attacks.malformed_bodies import generated, mutated
from benchmarks.attacks.raw_http import TIMEOUT, send
from benchmarks.load.servers import HOST

_ACCEPTS = ("text/csv", "application/json", "*/*", "application/x-npy", "\xff", "a/b;q=x")
_ROUND = 20


def _run(ground: Ground) -> Tally:
    tally, draw, end = Tally(), ground.randomness("bodies"), ground.deadline()
    links = {
        target.name: http.client.HTTPConnection(HOST, target.port, timeout=TIMEOUT)
        for target in ground.targets
    }
    number = 0
    while time.monotonic() < end:
        for target in ground.targets:
            for _ in range(_ROUND):
                _send(ground, target, links[target.name], draw, tally)
            target.check(tally, number)
        number += 1
    for link in links.values():
        link.close()
    return tally


def _send(
    ground: Ground,
    target: Target,
    link: http.client.HTTPConnection,
    draw: random.Random,
    tally: Tally,
) -> None:
    bodies = ground.bodies[target.name]
    content_type, body = generated(draw)
    if draw.random() < 0.8:
        content_type = draw.choice(sorted(bodies))
        body = mutated(bodies[content_type], draw)
    if draw.random() < 0.1:
        content_type = draw.choice(sorted(bodies))
    headers = {"Content-Type": content_type, "Accept": draw.choice(_ACCEPTS)}
    reply = send(link, body, headers, "/invocations")
    what = f"{target.name}, {headers}, {body[:200]!r}"
    tally.count(reply.status, f"{what}: {reply.body[:200]!r}")
    if not reply.status:
        tally.lost.append(f"{what} got no answer: {reply.body!r}")
    if reply.status >= 500 or not reply.status:
        (ground.folder / f"found-{tally.requests}.body").write_bytes(body)


ATTACK = Attack("body fuzz", "mutated and made-up bodies in every format", _run)
