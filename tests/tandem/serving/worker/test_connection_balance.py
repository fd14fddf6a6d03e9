"""Workers know of each other how many connections they have."""

from __future__ import annotations

import pytest

from tandem.serving.worker.connection_balance import AcceptPause, ConnectionBoard


def test_a_worker_has_a_surplus_over_its_part() -> None:
    board = ConnectionBoard(2)
    one, other, starting = board.claim_slot(), board.claim_slot(), board.claim_slot()
    one.set_count(7)
    other.set_count(2)
    assert (one.count_surplus(), other.count_surplus()) == (
        2,
        -3,
    )  # of nine the larger part is five
    assert (one.is_ahead(), other.is_ahead(), starting.is_ahead()) == (True, False, False)
    starting.set_count(0)
    assert (one.count_surplus(), other.count_surplus(), starting.count_surplus()) == (4, -1, -3)


def test_who_has_left_or_is_starting_has_none() -> None:
    board = ConnectionBoard(1)
    one, other = board.claim_slot(), board.claim_slot()
    assert one.count_surplus() == 0
    one.set_count(5)
    assert (one.count_surplus(), other.count_surplus()) == (0, 0)
    one.leave()
    assert (one.count_surplus(), other.count_surplus()) == (0, 0)
    assert board.claim_slot().index == one.index


@pytest.mark.parametrize(
    ("mine", "others", "waiting", "share"),
    [
        (0, [], 64, 64),  # alone
        (0, [0], 1, 1),  # whoever wakes up first
        (1, [0], 1, 0),  # the other's turn
        (0, [0], 64, 32),
        (32, [0], 32, 0),
        (3, [1, 1, 0], 8, 1),  # 13 connections: at most 4 each
        (9, [0], 5, 0),
    ],
)
def test_a_worker_takes_what_makes_its_connections_an_equal_share(
    mine: int, others: list[int], waiting: int, share: int
) -> None:
    board = ConnectionBoard(len(others) + 1)
    slot = board.claim_slot()
    slot.set_count(mine)
    for connections in others:
        board.claim_slot().set_count(connections)
    board.claim_slot()  # a worker that is starting counts for nothing
    assert slot.count_share(slot.read_counts(), waiting) == share


def test_a_pause_ends_when_the_other_worker_has_caught_up() -> None:
    board = ConnectionBoard(2)
    one, other = board.claim_slot(), board.claim_slot()
    one.set_count(1)
    other.set_count(0)
    pause = AcceptPause(one)
    pause.begin(5.0, yielding=True)
    assert pause.count_seconds(5.0) == 0.001
    assert (pause.end(5.001), pause.active) == (0, True)
    other.set_count(1)
    assert (pause.end(5.002), pause.active) == (0, False)
    # Where files are short, the other worker's connections are no reason to go on.
    pause.begin(6.0, yielding=False)
    assert pause.count_seconds(6.0) == pytest.approx(0.02)
    assert (pause.end(6.001), pause.active) == (0, True)
    assert (pause.end(6.02), pause.active) == (0, False)


def test_64_clients_wait_for_six_pauses_of_a_worker_that_hangs() -> None:
    board = ConnectionBoard(2)
    one, hanging = board.claim_slot(), board.claim_slot()
    one.set_count(0)
    hanging.set_count(0)
    pause, now, taken, pauses = AcceptPause(one), 0.0, 1, 0
    while taken < 64:
        one.set_count(taken)
        pause.begin(now, yielding=True)
        now += pause.count_seconds(now) * 20
        taken += pause.end(now)
        pauses += 1
        assert not pause.active
    assert pauses == 6
    hanging.set_count(taken)
    pause.begin(now, yielding=True)
    assert pause.end(now) == 0
    hanging.set_count(taken - 1)
    one.set_count(taken)
    pause.begin(now, yielding=True)
    assert pause.end(now + 0.02) == 1
