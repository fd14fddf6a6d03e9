"""One sentence for each way to fail."""

import pytest

from local_test.platform.diagnosis import ContainerFailure, diagnose, explain_failure


@pytest.mark.parametrize(
    ("ending", "sign"),
    [
        (ContainerFailure("c", "train", 127), "ENTRYPOINT"),
        (ContainerFailure("c", "train", 127, program="x"), "no program `x`: name one of the"),
        (ContainerFailure("c", "entrypoint", 127), "it ended with exit code 127"),
        (ContainerFailure("c", "process", 127), "neither ENTRYPOINT nor CMD: give a Container"),
        (ContainerFailure("c", "train", 126, program="x"), "`x` cannot be executed here"),
        (ContainerFailure("c", "serve", 1, ["exec format error"]), "architecture"),
        (ContainerFailure("c", "train", 137), "memory ran out"),
        (ContainerFailure("c", "train", 137), "killed by SIGKILL, often as memory ran out: give"),
        (
            ContainerFailure("c", "train", 137, out_of_memory=True),
            "by SIGKILL because memory ran out (OOM)",
        ),
        (
            ContainerFailure("c", "train", 1, out_of_memory=True),
            "a process of it was killed because memory",
        ),
        (ContainerFailure("c", "train", 143), "it was ended by SIGTERM (exit code 143)"),
        (ContainerFailure("c", "serve", 143, ["bye"]), "its last words: bye"),
        (ContainerFailure("c", "train", 139), "native code (SIGSEGV, exit code 139)"),
        (ContainerFailure("c", "train", 139), "native code"),
        (
            ContainerFailure("c", "serve", 1, ["OSError: [Errno 98] Address already in use"]),
            "is taken",
        ),
        (
            ContainerFailure("c", "train", 1, ["OSError: [Errno 30] Read-only file system"]),
            "may only read",
        ),
        (
            ContainerFailure("c", "serve", 1, ["ModuleNotFoundError: No module named 'six'"]),
            "module six",
        ),
        (ContainerFailure("c", "serve", None, waited=3), r"not answered with 200 in 3 s"),
        (ContainerFailure("c", "serve", 0), "stay in the foreground"),
        (ContainerFailure("c", "serve", 1, ["no model", ""]), "its last words: no model"),
        (ContainerFailure("c", "train", 1), "left no /opt/ml/output/failure"),
        (ContainerFailure("c", "train", 137, (), "Own words.\nmore"), "c: Own words."),
    ],
)
def test_each_ending_has_its_sentence(ending: ContainerFailure, sign: str) -> None:
    assert sign in diagnose(ending)


@pytest.mark.parametrize(
    ("ending", "hosts", "start"),
    [
        (ContainerFailure("algo-1", "train", 3), 1, ""),
        (
            ContainerFailure("algo-2", "train", 3),
            2,
            "algo-2: it ended with exit code 3 and left no",
        ),
        (ContainerFailure("algo-1", "train", 137), 1, "algo-1: it was killed by SIGKILL"),
        (ContainerFailure("algo-1", "train", 139), 1, "algo-1: it crashed in native code (SIGSEGV"),
        (
            ContainerFailure("algo-1", "train", 1, out_of_memory=True),
            1,
            "algo-1: a process of it was killed",
        ),
        (ContainerFailure("algo-1", "train", 255), 1, ""),
    ],
)
def test_a_reason_names_host_and_signal_where_an_exit_code_does_not_say_all(
    ending: ContainerFailure, hosts: int, start: str
) -> None:
    assert explain_failure(ending, hosts).startswith(start)
    assert bool(explain_failure(ending, hosts)) == bool(start)
