"""A story's share: its file, and its engine where it has one."""

import pytest

from tests.spreading import name_share


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
