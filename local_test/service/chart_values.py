"""Which values of a chart the table below it shows."""

_MAX_ROWS = 20


def choose_places(count: int) -> list[int]:
    """Return at most 21 indices of `count` (1 or more) values, evenly chosen, with the ends."""
    step = -(-count // _MAX_ROWS)
    return [*range(0, count - 1, step), count - 1]
