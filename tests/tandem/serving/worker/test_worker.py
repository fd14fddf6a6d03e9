"""Stories of the worker over sockets: whom it keeps waiting, and what it does with bad company."""

from __future__ import annotations

import io
import os
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.tandem.serving.worker.asking import HEADERS, Client, build_chunked_request, build_request
from tests.tandem.serving.worker.conftest import Server, serving

PING = build_request(line="GET /ping HTTP/1.1", length=-1)
ACCEPT = "Accept: application/x-npy"
LARGE = b"1," + b"2".rjust(100_000, b"0")


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server.port)


def test_requests_on_one_connection_are_answered_in_their_order(client: Client) -> None:
    client.send(
        b"".join(
            [
                build_request(b"1,2"),
                PING,
                build_request(LARGE),
                build_request(b"1,x"),
                build_request(b"3,4"),
            ]
        )
    )
    found = [client.read_response() for _ in range(5)]
    assert [(answer.status, answer.body) for answer in found[:3]] == [
        (200, b"3.0\n"),
        (200, b""),
        (200, b"3.0\n"),
    ]
    assert (found[3].status, found[4].body) == (400, b"7.0\n")
    assert {answer.headers["connection"] for answer in found} == {"keep-alive"}


@pytest.mark.parametrize(
    "data",
    [build_request(b"1,2"), build_chunked_request(b"1", b",2"), PING + build_request(b"1,2")],
)
def test_a_request_may_come_byte_by_byte(client: Client, data: bytes) -> None:
    for byte in data:
        client.send(bytes([byte]))
    if data.startswith(PING):
        assert client.read_response().body == b""
    assert client.read_response().body == b"3.0\n"


def test_nobody_waits_for_slow_clients_or_large_bodies(server: Server, client: Client) -> None:
    halves = [Client(server.port).send(build_request(LARGE)[:-5]) for _ in range(4)]
    halves += [Client(server.port).send(build_chunked_request(LARGE)[:-9]) for _ in range(4)]
    slow = LARGE.replace(b"1,", b"1,-").replace(b"2", b"1")
    sleepers = [Client(server.port).send(build_request(slow)) for _ in range(2)]
    assert client.send_and_read(PING).status == 200
    assert client.send_and_read(build_request(b"1,2")).body == b"3.0\n"
    assert all(sleeper.is_silent(0.01) for sleeper in sleepers)
    for half in halves[:4]:
        assert half.send_and_read(b"00002").body == b"3.0\n"
    for half in halves[4:]:
        assert half.send_and_read(b"02\r\n0\r\n\r\n").body == b"3.0\n"
    assert [sleeper.read_response().status for sleeper in sleepers] == [200, 200]


def test_large_bodies_take_turns_where_memory_would_not_do(server: Server, client: Client) -> None:
    begun = [Client(server.port).send(build_chunked_request(LARGE)[:-9]) for _ in range(9)]
    assert client.send_and_read(PING).status == 200  # by which all of them have been looked at
    begun[8].send(b"02\r\n0\r\n\r\n")
    assert begun[8].is_silent()
    assert begun[0].send_and_read(b"02\r\n0\r\n\r\n").body == b"3.0\n"
    assert begun[8].read_response().body == b"3.0\n"


def test_who_reads_slowly_gets_all_and_holds_up_nobody(server: Server, client: Client) -> None:
    reader = Client(server.port).send(build_request(b"700000,-3", [*HEADERS, ACCEPT]))
    for _ in range(3):
        assert client.send_and_read(build_request(LARGE)).body == b"3.0\n"
    values = np.load(io.BytesIO(reader.read_response().body))
    assert (values.shape, set(values[0])) == ((1, 700_000), {1.0})


@pytest.mark.parametrize(
    "data", [build_request(b"1" * 2_000_000), build_chunked_request(*[b"1" * 100_000] * 20)]
)
def test_what_is_too_large_is_told_so_however_much_is_sent(client: Client, data: bytes) -> None:
    found = client.send_and_read(data)
    assert (found.status, found.headers["connection"]) == (413, "close")
    assert b"over the limit of 1,000,000 bytes" in found.body
    assert client.is_ended()


def test_who_expects_to_be_told_to_continue_is_told(client: Client) -> None:
    expecting = [*HEADERS, "Expect: 100-continue"]
    assert client.send_and_read(build_request(headers=expecting, length=3)).status == 100
    assert client.send_and_read(b"1,2").body == b"3.0\n"
    assert client.send_and_read(build_request(b"1,2", expecting)).body == b"3.0\n"
    assert client.send_and_read(build_request(headers=expecting, length=2_000_000)).status == 413


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01",
        build_chunked_request(end=b"x\r\n"),
        build_request(b"1", ["Host x"]),
    ],
)
def test_what_is_malformed_is_a_400_and_the_end(
    server: Server, client: Client, data: bytes
) -> None:
    found = client.send_and_read(data)
    assert (found.status, found.headers["connection"]) == (400, "close")
    assert client.is_ended()
    assert Client(server.port).send_and_read(build_request(b"1,2")).body == b"3.0\n"


def test_who_never_ends_a_request_is_told_and_left(server: Server) -> None:
    begun = (b"POST /inv", build_request(b"1,2", length=10), build_chunked_request(b"1", end=b""))
    for client in [Client(server.port).send(data) for data in begun]:
        found = client.read_response()
        assert (found.status, found.headers["connection"]) == (408, "close")
        assert b"has not come whole in time" in found.body
        assert client.is_ended()


def test_clients_that_go_take_nobody_with_them(server: Server, client: Client) -> None:
    before = client.send_and_read(build_request(b"1,-2")).body
    for data in (
        b"",
        b"POST",
        build_request(LARGE)[:-9],
        build_request(LARGE),
        PING,
        build_request(b"3000000,-3"),
    ):
        Client(server.port).send(data).socket.close()
    assert client.send_and_read(build_request(b"1,-2")).body == before
    assert client.send_and_read(PING).status == 200


def test_old_clients_are_let_go_and_new_ones_on_their_wish(server: Server) -> None:
    for data in (
        build_request(b"1,2", line="POST /invocations HTTP/1.0"),
        build_request(b"1,2", [*HEADERS, "Connection: close"]),
    ):
        client = Client(server.port)
        found = client.send_and_read(data)
        assert (found.body, found.headers["connection"]) == (b"3.0\n", "close")
        assert client.is_ended()


def test_a_slow_model_does_not_hold_up_ping(server: Server, client: Client) -> None:
    assert client.send_and_read(build_request(b"0.3,-1")).status == 200  # by which the worker knows
    sleeper = Client(server.port).send(build_request(b"1,-1"))
    assert client.send_and_read(PING).status == 200
    assert sleeper.is_silent(0.01)
    assert sleeper.read_response().body == b"0.0\n"


def process(client: Client) -> int:
    return int(float(client.send_and_read(build_request(b"1,-2")).body))


def switches(process: int) -> int:
    """Count how often the threads of a process have waited for something."""
    found = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/status")]
    return sum(int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0]) for text in found)


def test_a_hot_request_wakes_the_worker_once(client: Client) -> None:
    worker = process(client)
    counts = []
    for _ in range(3):  # the first lets the pace forget slow answers of other stories
        counts.append(switches(worker))
        for _ in range(200):
            assert client.send_and_read(build_request(b"1,2")).body == b"3.0\n"
    assert counts[2] - counts[1] <= 220  # another thread would wake the loop a second time


def test_connections_are_dealt_out_evenly() -> None:
    with serving(2) as server:
        both(server)
        clients = [Client(server.port) for _ in range(12)]
        found = Counter(map(process, clients))
    one, other = found.values()
    assert abs(one - other) <= 1


def both(server: Server) -> tuple[int, int]:
    """Give the processes when both answer: the second starts after the first."""
    first = process(Client(server.port))
    for _ in range(500):
        other = process(Client(server.port))
        if other != first:
            return first, other
        time.sleep(0.02)
    pytest.fail("one process alone answers")


def test_clients_that_one_worker_had_to_take_are_shared_later() -> None:
    with serving(2) as server:
        first, second = both(server)
        os.kill(second, signal.SIGSTOP)
        clients = [Client(server.port) for _ in range(8)]
        assert {process(client) for client in clients} == {first}
        os.kill(second, signal.SIGCONT)
        until, found = time.monotonic() + 20, Counter({first: 8})
        while abs(found[first] - found[second]) > 2:
            assert time.monotonic() < until, f"the connections of the processes: {found}"
            told = [client.send_and_read(build_request(b"1,-2")) for client in clients]
            found = Counter(int(float(each.body)) for each in told)
            clients = [
                Client(server.port) if each.headers["connection"] == "close" else client
                for client, each in zip(clients, told, strict=True)
            ]


def test_a_stop_waits_for_what_is_under_way() -> None:
    with serving(2) as server:
        idle, half = Client(server.port), Client(server.port)
        assert idle.send_and_read(build_request(b"1,2")).body == b"3.0\n"
        half.send(build_request(LARGE)[:-1])
        sleeper = Client(server.port).send(build_request(b"0.5,-1"))
        server.terminate()
        assert sleeper.read_response().body == b"-0.5\n"
        late = half.send_and_read(b"2")
        assert (late.body, late.headers["connection"]) == (b"3.0\n", "close")
        assert idle.is_ended()
        assert server.code() == 0
        with pytest.raises(ConnectionRefusedError):
            Client(server.port)


def test_a_worker_that_dies_is_replaced() -> None:
    with serving(1) as server:
        first = process(Client(server.port))
        os.kill(first, signal.SIGKILL)
        assert process(Client(server.port)) != first
