"""Several clients that send a mixture of requests, drawn at random but the same each time."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.load.deployments import RunningServers
from benchmarks.load.servers import HOST

_TIMEOUT = 60.0


@dataclass(frozen=True)
class TrafficRequest:
    """One request, the status that is right for it, and how often it is drawn."""

    server: str
    name: str
    body: bytes
    content_type: str = "text/csv"
    path: str = "/invocations"
    method: str = "POST"
    status: int = 200
    weight: int = 10


@dataclass
class ClientRecord:
    """What one client saw: begin and seconds of single rows; every answer that was not right."""

    rows: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    requests: int = 0


def build_requests(bodies: Mapping[str, Mapping[int, bytes]]) -> list[TrafficRequest]:
    """Make the mixture for both images, from bodies in CSV by image and number of rows."""
    found = []
    for image, sizes in bodies.items():
        row, many = sizes[1], sizes[max(sizes)]
        fields = row.decode().strip().split(",")
        found += [
            TrafficRequest(image, "row", row, weight=40),
            TrafficRequest(image, "rows", many),
            TrafficRequest(image, "large", many * 20, weight=1),
            TrafficRequest(
                image, "unknown type", row, "application/x-unknown", status=415, weight=3
            ),
            TrafficRequest(
                image, "too few columns", ",".join(fields[:3]).encode(), status=400, weight=3
            ),
            TrafficRequest(
                image, "no path", b"", path="/nowhere", method="GET", status=404, weight=2
            ),
            TrafficRequest(image, "ping", b"", path="/ping", method="GET", weight=4),
        ]
    numbers = [float(field) if field else None for field in _split_fields(bodies["xgboost"])]
    told = json.dumps({"instances": [numbers]}).encode()
    return [*found, TrafficRequest("xgboost", "JSON", told, "application/json", weight=20)]


def build_model_cycles(
    server: str, models: Sequence[tuple[str, str]], row: bytes
) -> list[list[TrafficRequest]]:
    """Make what a platform sends to an endpoint of many models: load, ask, unload."""
    told = "application/json"
    return [
        [
            TrafficRequest(
                server,
                "load",
                json.dumps({"model_name": name, "url": place}).encode(),
                told,
                "/models",
            ),
            *(
                TrafficRequest(server, "invoke", row, path=f"/models/{name}/invoke")
                for _ in range(5)
            ),
            TrafficRequest(server, "unload", b"", told, f"/models/{name}", "DELETE"),
        ]
        for name, place in models
    ]


class TrafficClient(threading.Thread):
    """Sends requests until it is stopped, over one connection per server."""

    def __init__(
        self, places: RunningServers, sets: Sequence[Sequence[TrafficRequest]], seed: int
    ) -> None:
        super().__init__(daemon=True)
        self.seen = ClientRecord()
        self.over = threading.Event()
        self._sets, self._random = sets, random.Random(seed)  # noqa: S311
        self._weights = [each[0].weight for each in sets]
        self._links = {
            name: http.client.HTTPConnection(HOST, place.port, timeout=_TIMEOUT)
            for name, place in places.items()
        }

    def run(self) -> None:
        """Send every set of requests once, then draw one after the other."""
        for ask in [ask for each in self._sets for ask in each]:
            self._send(ask)
        while not self.over.is_set():
            for ask in self._random.choices(self._sets, self._weights)[0]:
                self._send(ask)
        for link in self._links.values():
            link.close()

    def _send(self, ask: TrafficRequest) -> None:
        link, began = self._links[ask.server], time.monotonic()
        try:
            link.request(ask.method, ask.path, ask.body, {"Content-Type": ask.content_type})
            answer = link.getresponse()
            text = answer.read()
            status: int | str = answer.status
        except (OSError, http.client.HTTPException) as error:
            link.close()
            status, text = repr(error), b""
        self.seen.requests += 1
        if status != ask.status:
            self.seen.wrong.append(f"{ask.server}, {ask.name}: {status} {text[:200]!r}")
        if ask.name == "row":
            self.seen.rows.append((began, time.monotonic() - began))


def _split_fields(sizes: Mapping[int, bytes]) -> list[str]:
    return sizes[1].decode().strip().split(",")
