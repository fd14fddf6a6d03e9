"""Body fuzz: every format, mutated and made up, over kept connections."""

from __future__ import annotations

import http.client
import random
import time

from benchmarks.attacks.base import Attack, AttackContext, Tally, Target
from benchmarks.attacks.malformed_bodies import generate_body, mutate
from benchmarks.attacks.raw_http import TIMEOUT, send_request
from benchmarks.load.servers import HOST

_ACCEPTS = ("text/csv", "application/json", "*/*", "application/x-npy", "\xff", "a/b;q=x")
_ROUND = 20


def _run(context: AttackContext) -> Tally:
    tally, draw, end = Tally(), context.create_random("bodies"), context.find_deadline()
    links = {
        target.name: http.client.HTTPConnection(HOST, target.port, timeout=TIMEOUT)
        for target in context.targets
    }
    number = 0
    while time.monotonic() < end:
        for target in context.targets:
            for _ in range(_ROUND):
                _send(context, target, links[target.name], draw, tally)
            target.check_row(tally, number)
        number += 1
    for link in links.values():
        link.close()
    return tally


def _send(
    context: AttackContext,
    target: Target,
    link: http.client.HTTPConnection,
    draw: random.Random,
    tally: Tally,
) -> None:
    bodies = context.bodies[target.name]
    content_type, body = generate_body(draw)
    if draw.random() < 0.8:
        content_type = draw.choice(sorted(bodies))
        body = mutate(bodies[content_type], draw)
    if draw.random() < 0.1:
        content_type = draw.choice(sorted(bodies))
    headers = {"Content-Type": content_type, "Accept": draw.choice(_ACCEPTS)}
    reply = send_request(link, body, headers, "/invocations")
    what = f"{target.name}, {headers}, {body[:200]!r}"
    tally.count_status(reply.status, f"{what}: {reply.body[:200]!r}")
    if not reply.status:
        tally.lost.append(f"{what} got no answer: {reply.body!r}")
    if reply.status >= 500 or not reply.status:
        (context.folder / f"found-{tally.requests}.body").write_bytes(body)


ATTACK = Attack("body fuzz", "mutated and made-up bodies in every format", _run)
