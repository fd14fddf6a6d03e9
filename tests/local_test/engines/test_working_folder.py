"""Where a job's own program starts on Docker."""

from __future__ import annotations

import pytest

from local_test.engines.docker_engine.working_folder import choose_folder

SCRIPT = ("python3", "/opt/ml/processing/input/code/run.py")
STARTED = [SCRIPT, ("/bin/bash", "/opt/ml/input/data/a.sh"), ("python", "-m", "module")]


@pytest.mark.parametrize(
    "entrypoint", [SCRIPT, ("/bin/bash", "/opt/ml/a.sh"), ("python", "-m", "a")]
)
@pytest.mark.parametrize("folder", ["", "/"])
def test_a_user_who_is_not_root_starts_where_it_can_write(
    entrypoint: tuple[str, ...], folder: str
) -> None:
    assert choose_folder(entrypoint, "1000:1000", folder) == "/tmp"  # noqa: S108


@pytest.mark.parametrize(
    ("entrypoint", "user", "folder"),
    [
        (None, "1000:1000", "/"),
        (SCRIPT, None, "/"),
        (SCRIPT, "0:0", "/"),
        (SCRIPT, "1000:1000", "/home/me"),
        (("python3", "run.py"), "1000:1000", "/"),
        (("bin/run",), "1000:1000", "/"),
    ],
)
def test_the_folder_of_the_image_stays(
    entrypoint: tuple[str, ...] | None, user: str | None, folder: str
) -> None:
    assert choose_folder(entrypoint, user, folder) is None
