"""One sentence for each way to fail."""

import pytest

from local_test.platform.diagnosis import Ending, cause, diagnose


@pytest.mark.parametrize(
    ("ending", "sign"),
    [
        (Ending("c", "train", 127), "ENTRYPOINT"),
        (Ending("c", "serve", 1, ["exec format error"]), "architecture"),
        (Ending("c", "train", 137), "memory ran out"),
        (Ending("c", "train", 137), "killed by SIGKILL, often as memory ran out: give"),
        (Ending("c", "train", 137, out_of_memory=True), "by SIGKILL because memory ran out (OOM)"),
        (Ending("c", "train", 1, out_of_memory=True), "a process of it was killed because memory"),
        (Ending("c", "train", 143), "it was ended by SIGTERM (exit code 143)"),
        (Ending("c", "serve", 143, ["bye"]), "its last words: bye"),
        (Ending("c", "train", 139), "native code (SIGSEGV, exit code 139)"),
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


@pytest.mark.parametrize(
    ("ending", "hosts", "start"),
    [
        (Ending("algo-1", "train", 3), 1, ""),
        (Ending("algo-2", "train", 3), 2, "algo-2: it ended with exit code 3 and left no"),
        (Ending("algo-1", "train", 137), 1, "algo-1: it was killed by SIGKILL"),
        (Ending("algo-1", "train", 139), 1, "algo-1: it crashed in native code (SIGSEGV"),
        (Ending("algo-1", "train", 1, out_of_memory=True), 1, "algo-1: a process of it was killed"),
        (Ending("algo-1", "train", 255), 1, ""),
    ],
)
def test_a_reason_names_host_and_signal_where_an_exit_code_does_not_say_all(
    ending: Ending, hosts: int, start: str
) -> None:
    assert cause(ending, hosts).startswith(start)
    assert bool(cause(ending, hosts)) == bool(start)
