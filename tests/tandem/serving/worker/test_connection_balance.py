"""Workers know of each other how many connections they have."""

from __future__ import annotations

from tandem.serving.worker.connection_balance import Board


def test_a_worker_has_a_surplus_over_its_part() -> None:
    board = Board(2)
    one, other, starting = board.claim(), board.claim(), board.claim()
    one.tell(7)
    other.tell(2)
    assert (one.surplus(), other.surplus()) == (2, -3)  # of nine the larger part is five
    assert (one.ahead(), other.ahead(), starting.ahead()) == (True, False, False)
    starting.tell(0)
    assert (one.surplus(), other.surplus(), starting.surplus()) == (4, -1, -3)


def test_who_has_left_or_is_starting_has_none() -> None:
    board = Board(1)
    one, other = board.claim(), board.claim()
    assert one.surplus() == 0
    one.tell(5)
    assert (one.surplus(), other.surplus()) == (0, 0)
    one.leave()
    assert (one.surplus(), other.surplus()) == (0, 0)
    assert board.claim().index == one.index
