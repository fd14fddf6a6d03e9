"""Loads are read right, and a load with failures is no measurement."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import load_result, payloads, process_tree, relay, wrk
from benchmarks.load.load_result import LoadResult, PostRequest

TOLD = """Running 2s test @ http://127.0.0.1:8080/invocations
  1 threads and 16 connections
Requests/sec:   4000.00
{"requests": 8000, "microseconds": 2000000, "p50": 231, "p99": 1250, "p999": 3000, "failed": %d}
"""


def test_what_wrk_tells_is_read() -> None:
    load = load_result.parse_figures(TOLD % 0)
    assert load == LoadResult(requests=8000, seconds=2.0, p50_us=231, p99_us=1250, p999_us=3000)
    assert load.require_success("server").per_second == 4000
    with pytest.raises(BenchmarkFailed, match="server failed 3 of 8000 requests"):
        load_result.parse_figures(TOLD % 3).require_success("server")
    with pytest.raises(BenchmarkFailed, match="told no figures"):
        load_result.parse_figures("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_without_wrk_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BenchmarkFailed, match="wrk, which is not installed: 'apt-get install wrk'"):
        wrk.run_wrk("http://127.0.0.1:1", PostRequest("/", b""), connections=1, seconds=1)


@contextmanager
def server(add: float, *, kept: bool = True) -> Iterator[str]:
    """Serve CSV in, each number with `add` out; it ends each connection unless `kept`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            rows = payloads.read_csv(body) + add
            answer = "\n".join(",".join(map(str, row)) for row in rows.tolist()).encode()
            self.send_response(200 if self.headers["Content-Type"].startswith("text/csv") else 415)
            self.send_header("Content-Type", f"text/csv; hop={add:g}")
            self.send_header("Content-Length", str(len(answer)))
            if not kept:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()


def test_a_chain_passes_on_body_and_content_type() -> None:
    large = "\n".join(["1.5,2"] * 20_000).encode()
    with server(1) as first, server(10) as second, relay.compile_relay() as program:
        answer = payloads.read_csv(relay.send_once([first, second], _posted(large)))
        assert answer.shape == (20_000, 2)
        assert set(answer.ravel()) == {12.5, 13}
        load = relay.run_load(program, [first, second], _posted(b"1,2"), users=3, seconds=0.2)
        assert load.requests > 3
        assert 0 < load.p50_us <= load.p99_us <= load.p999_us < 1e6 * load.seconds
        with pytest.raises(BenchmarkFailed, match=r"a server answered: HTTP/1\.1 415"):
            relay.run_load(
                program, [first, second], PostRequest("/", b"1", {"Content-Type": "x"}), 1, 0.2
            )


def test_who_is_sent_away_with_an_answer_connects_anew() -> None:
    with (
        server(1) as first,
        server(10, kept=False) as second,
        relay.compile_relay() as program,
    ):
        load = relay.run_load(program, [first, second], _posted(b"1,2"), users=3, seconds=0.2)
        assert load.requests > 6


def _posted(body: bytes) -> PostRequest:
    return PostRequest("/invocations", body, {"Content-Type": "text/csv"})


def test_an_answer_is_whole_or_waited_for() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\nCONTENT-LENGTH: 4\r\n\r\n1\n2\n"
    for missing in (1, 4, 60):
        assert relay.parse_response(answer[:-missing]) is None
    assert relay.parse_response(answer) == relay.RelayResponse("text/csv", b"1\n2\n", last=False)
    with pytest.raises(BenchmarkFailed, match="without Content-Length"):
        relay.parse_response(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")


def test_a_session_is_added_up(tmp_path: Path) -> None:
    for pid, session, user, system, kilobytes in (
        (10, 10, 100, 50, 2048),
        (11, 10, 30, 20, 1024),
        (12, 12, 9999, 9999, 9999),
    ):
        folder = tmp_path / str(pid)
        folder.mkdir()
        fields = ["S", "1", str(pid), str(session), *["0"] * 7, str(user), str(system), "0"]
        (folder / "stat").write_text(f"{pid} (a) name) {' '.join(fields)}")
        (folder / "smaps_rollup").write_text(f"Rss: 9 kB\nPss: {kilobytes} kB\nPss_Anon: 7 kB\n")
    (tmp_path / "self").mkdir()
    assert process_tree.read_cpu_seconds(10, tmp_path) == {
        10: 1.5,
        11: 0.5,
    }  # a tick is 10 ms on Linux
    assert process_tree.read_memory_mb(10, tmp_path) == 3.0


def test_answers_that_differ_are_named_by_row_and_column() -> None:
    mine = np.array([[1.0, 2.0], [3.0, 4.0]])
    payloads.require_same(mine, mine * (1 + 1e-6), "peer")
    with pytest.raises(BenchmarkFailed, match=r"peer answers 4\.001 in row 2, column 2"):
        payloads.require_same(mine, np.array([[1.0, 2.0], [3.0, 4.001]]), "peer")
    with pytest.raises(BenchmarkFailed, match=r"\(2, 1\) numbers where Tandem answers \(2, 2\)"):
        payloads.require_same(mine, mine[:, :1], "peer")


def test_peers_are_asked_in_their_own_format() -> None:
    assert payloads.encode_matrix_v2(b"1,2\n3,4\n") == (
        b'{"inputs": [{"name": "rows", "shape": [2, 2], "datatype": "FP32", '
        b'"data": [1.0, 2.0, 3.0, 4.0]}]}'
    )
    asked = payloads.encode_records_v2(["c0", "c1"], b"1,a\n,b\n")
    assert b'"name": "c0", "shape": [2, 1], "datatype": "FP64", "data": [1.0, null]' in asked
    assert b'"name": "c1", "shape": [2, 1], "datatype": "BYTES", "data": ["a", "b"]' in asked
    answered = b'{"outputs": [{"name": "transform", "shape": [2, 2], "data": [1, 2, 3, 4]}]}'
    assert payloads.read_v2(answered).tolist() == [[1, 2], [3, 4]]
