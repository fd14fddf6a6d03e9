"""The attacks in short on both images' servers, and on a server that does not withstand them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import pytest

from benchmarks.attacks import runner
from benchmarks.attacks.base import Attack, AttackContext, Tally, Target
from benchmarks.attacks.cases import (
    body_fuzz,
    head_fuzz,
    slowloris,
    smuggling,
    training_kill,
    worker_kill,
)
from benchmarks.attacks.reliability_table import Line, insert_table
from benchmarks.load.deployments import RunningServer

SERVING = [
    body_fuzz.ATTACK,
    head_fuzz.ATTACK,
    smuggling.ATTACK,
    slowloris.ATTACK,
    worker_kill.ATTACK,
]
ROW = b"1.5,2\n"


def test_both_images_withstand_the_attacks_in_short(tmp_path: Path) -> None:
    lines = list(runner.run_attacks(SERVING, tmp_path, seconds=2, seed=7, engine="process"))
    assert [line.name for line in lines] == [each.name for each in SERVING]
    assert [text for line in lines for text in line.tally.failures] == []
    for line in lines:
        # 16 rows after each attack; the rest is what the attack itself sent.
        assert line.tally.requests > 30, line
        assert line.tally.answered >= 16, line
    assert lines[0].tally.refused > 20
    assert lines[-1].tally.killed >= 2


def test_a_killed_training_ends_with_the_bytes_of_one_that_never_was(tmp_path: Path) -> None:
    [line] = runner.run_attacks(
        [training_kill.ATTACK], tmp_path, seconds=0, seed=1, engine="process"
    )
    assert (line.tally.killed, line.tally.failures) == (1, [])


class Naive(BaseHTTPRequestHandler):
    """A server with one fault each for those who attack it, and no idea of chunks."""

    protocol_version = "HTTP/1.1"
    seen = 0

    def do_POST(self) -> None:
        length = self.headers["Content-Length"] or "0"
        body = self.rfile.read(int(length) if length.isdigit() else 0)
        Naive.seen += 1
        status = 200 if body.strip().replace(b",", b"").replace(b".", b"").isdigit() else 500
        answer = b"3.5\n" if Naive.seen < 10 else b"4.5\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that went away."""


@contextmanager
def naive(folder: Path, seconds: float, session: int = 0) -> Iterator[AttackContext]:
    """Serve badly; `session` is the one whose processes are looked at, this test's if 0."""
    Naive.seen = 0
    with _Server(("127.0.0.1", 0), Naive) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        place = RunningServer(server.server_port, session or os.getsid(0))
        target = Target("naive", place.port, place.session, [ROW], [b"3.5\n"])
        yield AttackContext([target], {"naive": {"text/csv": ROW}}, {}, {}, seconds, 1, folder)
        server.shutdown()
        thread.join()


def test_a_server_error_an_early_end_and_a_changed_answer_are_counted(tmp_path: Path) -> None:
    with naive(tmp_path, 0.3) as context:
        tally = body_fuzz.ATTACK.run(context)
    assert tally.faults
    assert "naive, {'Content-Type'" in tally.faults[0]
    assert any("a valid row got 200 b'4.5" in text for text in tally.wrong)
    assert list(tmp_path.glob("found-*.body"))


def test_an_answer_to_a_hidden_request_is_a_failure(tmp_path: Path) -> None:
    with naive(tmp_path, 0) as context:
        tally = smuggling.ATTACK.run(context)
    assert any("the hidden request was answered" in text for text in tally.wrong)
    assert any("chunk extensions" in text for text in tally.wrong)


# A process that opens 40 files for each line that it reads.
LEAK = """
import os, sys
for line in sys.stdin:
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]
    print(len(opened), flush=True)
"""


def test_descriptors_that_are_left_open_are_a_failure_of_any_attack(tmp_path: Path) -> None:
    # In a session of its own: this test's session may hold processes that are not ours to read.
    leaking = Popen(
        [sys.executable, "-c", LEAK], stdin=PIPE, stdout=PIPE, text=True, start_new_session=True
    )
    with leaking, naive(tmp_path, 0, leaking.pid) as context:
        assert leaking.stdin is not None
        assert leaking.stdout is not None
        order, answers = leaking.stdin, leaking.stdout

        def leak(_: AttackContext) -> Tally:
            print(file=order, flush=True)
            assert answers.readline() == "40\n"
            return Tally()

        line = runner.judge_attack(Attack("leak", "descriptors are left open", leak), context)
        order.close()
    assert line.tally.descriptors == 40
    assert any("more descriptors are open" in text for text in line.tally.grown)


LINES = [
    Line("one", Tally(1200, 1000, 199, 1, 3, faults=["500: x"], memory_mb=-2.4, descriptors=4)),
    Line("two", Tally(), "mounting a small disk needs root"),
]


def test_the_table_is_written_between_the_markers_alone() -> None:
    page = runner.PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- What `make attack WRITE=1` writes. -->", "<!-- End of it. -->"
    before, after = page.split(begin)[0], page.split(end)[1]
    made = insert_table(page, LINES, "2026-11-29, seed 1, engine process")
    assert (made.split(begin)[0], made.split(end)[1]) == (before, after)
    assert "| one | 1,200 | 1,000 | 199 | 1 | 1 | 3 | 0 | 0 | 0 | -2 MB | +4 |" in made
    assert "| two | not made: mounting a small disk needs root |" in made
    assert "2026-11-29, seed 1, engine process." in made
    with pytest.raises(ValueError, match="the page has no lines"):
        insert_table("no markers", LINES, "")


def test_a_failure_ends_the_program_with_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    page = runner.PAGE.read_bytes()
    with pytest.raises(SystemExit, match="1 failures:\none: 500: x"):
        runner.conclude(LINES, 1, "process", write=False)
    runner.conclude(LINES[1:], 1, "process", write=False)
    assert runner.PAGE.read_bytes() == page
