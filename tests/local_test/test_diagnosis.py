"""One sentence for each way to fail."""

import pytest

from local_test.platform.diagnosis import Ending, diagnose


@pytest.mark.parametrize(
    ("ending", "sign"),
    [
        (Ending("c", "train", 127), "ENTRYPOINT"),
        (Ending("c", "serve", 1, ["exec format error"]), "architecture"),
        (Ending("c", "train", 137), "memory ran out"),
        (Ending("c", "train", 139), "native code"),
        (Ending("c", "serve", 1, ["OSError: [Errno 98] Address already in use"]), "is taken"),
        (Ending("c", "train", 1, ["OSError: [Errno 30] Read-only file system"]), "may only read"),
        (Ending("c", "serve", 1, ["ModuleNotFoundError: No module named 'six'"]), "module six"),
        (Ending("c", "serve", None, waited=3), r"not answered with 200 in 3 s"),
        (Ending("c", "serve", 0), "stay in the foreground"),
        (Ending("c", "serve", 1, ["no model", ""]), "its last words: no model"),
        (Ending("c", "train", 1), "left no /opt/ml/output/failure"),
        (Ending("c", "train", 137, (), "Own words.\nmore"), "c: Own words."),
    ],
)
def test_each_ending_has_its_sentence(ending: Ending, sign: str) -> None:
    assert sign in diagnose(ending)
