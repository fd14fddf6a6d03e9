"""Workers know of each other how many connections they have."""

from __future__ import annotations

from tandem.serving.worker.connection_balance import ConnectionBoard


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
