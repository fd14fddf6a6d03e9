"""Container output becomes lines, whatever the container writes."""

from collections.abc import Iterator

import pytest

from local_test.engines.container_logs import LogPump, print_line
from tests.local_test.conftest import Log


def pumped(*chunks: bytes) -> list[str]:
    log = Log()
    LogPump("c", chunks, log).join(5)
    return log.of("c")


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((b"one\ntw", b"o\nthree"), ["one", "two", "three"]),
        ((b"windows\r\n", b"\n"), ["windows", ""]),
        ((b"caf\xc3", b"\xa9\nbad \xff\n"), ["café", "bad �"]),
        ((), []),
    ],
)
def test_lines_are_whole_and_readable(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    assert pumped(*chunks) == lines


def test_a_line_without_end_does_not_grow_for_ever() -> None:
    assert [len(line) for line in pumped(b"x" * 70_000, b"y\n")] == [70_000, 1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_output_is_read_to_its_end_even_where_nobody_can_take_it() -> None:
    read = []

    def output() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b"line\n"

    def broken(name: str, line: str) -> None:
        raise ValueError(name, line)

    LogPump("c", output(), broken).join(5)
    assert read == [0, 1, 2]


def test_the_last_lines_are_kept() -> None:
    pump = LogPump("c", [b"1\n2\n3\n"], Log())
    pump.join(5)
    assert pump.read_tail(2) == ("2", "3")


def test_a_printed_line_carries_the_containers_name(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("algo-1", "[bold] stays as it is")
    assert capsys.readouterr().out == "algo-1 | [bold] stays as it is\n"
