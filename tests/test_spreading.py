"""A story's share: its file, and its engine where it has one; and the order of the shares."""

from collections import Counter

import pytest

from tests.spreading import choose_share, computes, name_share


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("tests/a/test_b.py::test_c", "tests/a/test_b.py"),
        ("tests/a/test_b.py::TestD::test_c[process]", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[docker]", "tests/a/test_b.py on docker"),
        ("tests/a/test_b.py::test_c[xgboost-docker-3]", "tests/a/test_b.py on docker"),
        ("tests/docker/test_b.py::test_c[docker_file]", "tests/docker/test_b.py"),
    ],
)
def test_a_file_and_an_engine_stay_together(story: str, expected: str) -> None:
    assert name_share(story) == expected


def test_shares_that_compute_and_that_wait_are_begun_in_turn() -> None:
    waiting = ["tests/booster/a", "tests/clients/b", "tests/clients/c on docker"]
    waiting += ["tests/local_test/d", "tests/local_test/e", "tests/test_f"]
    totals, begun = Counter(map(computes, waiting)), []
    while waiting:
        begun.append(choose_share(waiting, totals))
        waiting.remove(begun[-1])
    assert begun == [
        "tests/clients/b",
        "tests/booster/a",
        "tests/clients/c on docker",
        "tests/local_test/d",
        "tests/test_f",
        "tests/local_test/e",
    ]
