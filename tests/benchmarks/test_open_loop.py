"""A load at a constant rate counts the waits that a client of another kind leaves out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.load_result import PostRequest
from benchmarks.tails import floor, open_loop

pytestmark = pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("clang")), reason="there is no C compiler"
)
STALL = 0.5


@contextmanager
def serve(*, status: int = 200, kept: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """Answer at once, but for the 20th request: that one holds all others up, too."""
    lock, bodies = threading.Lock(), list[bytes]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                bodies.append(body)
                if len(bodies) == 20:
                    time.sleep(STALL)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            if not kept:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kept", [True, False])
def test_requests_that_are_due_while_a_server_stalls_have_waited(kept: bool) -> None:
    request = PostRequest("/invocations", b"1,2", {"Content-Type": "text/csv"})
    with serve(kept=kept) as (url, bodies), open_loop.compile_client() as client:
        tails = open_loop.run_load(client, url, request, rate=100, seconds=1)
    assert (tails.requests, tails.failed, bodies) == (100, 0, [b"1,2"] * 100)
    # One in two is due in the half second: one of 100 waits is long where only that one counts.
    assert tails.most_us >= tails.p999_us >= tails.p99_us >= 0.9 * STALL * 1e6
    assert tails.p50_us > 0


def test_a_load_with_failures_is_no_measurement() -> None:
    with serve(status=503) as (url, _), open_loop.compile_client() as client:
        request = PostRequest("/invocations", b"1,2")
        with pytest.raises(BenchmarkFailed, match="failed 30 requests at 100 a second"):
            open_loop.run_load(client, url, request, rate=100, seconds=0.3)


@pytest.mark.parametrize("stopped", ["client", "server"])
def test_a_late_client_is_told_from_a_slow_server(stopped: str, tmp_path: Path) -> None:
    request = tmp_path / "request"
    request.write_bytes(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n1,2")
    with (
        floor.serve_floor(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as server,
        open_loop.compile_client() as program,
        subprocess.Popen(
            # More connections than requests are due in the stop, so that none waits for one.
            [program, server.url.rpartition(":")[2], "400", "1.5", "500", request],
            stdout=subprocess.PIPE,
            text=True,
        ) as client,
    ):
        # It has connected, which takes no wait, and sends: each request is due some time later.
        for _ in range(2000):
            status = Path(f"/proc/{client.pid}/status").read_text(encoding="ascii")
            if int(status.rpartition("\nvoluntary_ctxt_switches:")[2].split()[0]) > 30:
                break
            time.sleep(0.005)
        who = client.pid if stopped == "client" else server.session
        os.kill(who, signal.SIGSTOP)
        time.sleep(STALL)
        os.kill(who, signal.SIGCONT)
        printed, _ = client.communicate(timeout=60)
    found = open_loop.parse_latencies(printed)
    assert (found.requests, found.failed, found.queued) == (600, 0, 0)
    assert found.p99_us >= 0.9 * STALL * 1e6
    blamed, other = found.late_p99_us, found.served_p99_us
    if stopped == "server":
        blamed, other = other, blamed
    assert blamed >= 0.9 * STALL * 1e6 > 2 * other


def test_the_floor_gives_the_answer_of_the_server_beside_it() -> None:
    request = PostRequest("/invocations", b"1,2", {"Content-Type": "text/csv"})
    with serve() as (url, _):
        answer = floor.fetch_answer(url, request)
    with serve(kept=False) as (url, _):
        assert b"onnection" not in floor.fetch_answer(url, request)
    with floor.serve_floor(answer) as least:
        assert floor.fetch_answer(least.url, request) == answer
    with serve(status=503) as (url, _), pytest.raises(BenchmarkFailed, match="answered 503"):
        floor.fetch_answer(url, request)


def test_a_server_that_is_not_there_is_told() -> None:
    with (
        open_loop.compile_client() as client,
        pytest.raises(BenchmarkFailed, match="connect: Connection refused"),
    ):
        open_loop.run_load(client, "http://127.0.0.1:1", PostRequest("/", b""), 10, 1)
