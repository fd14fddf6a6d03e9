"""One sentence on why a container failed, and what to do about it.

To add a rule, write a function that takes a `ContainerFailure` and returns a sentence or None, and
add it to `RULES`: the first sentence wins, so the most specific rules stand first.
"""

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ContainerFailure:
    """A container that failed: its command, exit code, last log lines and failure file.

    `command` is `train`, `serve`, `process`, or `entrypoint` for a training job with its own one.
    `exit_code` is None if it still runs; `waited` is how many seconds /ping was polled.
    `out_of_memory`: the engine reports that a process was killed as memory ran out.
    `program` is the first word of a ContainerEntrypoint or ContainerArguments that did not start.
    """

    name: str
    command: str
    exit_code: int | None
    log: Sequence[str] = ()
    failure: str = ""
    waited: float = 0.0
    out_of_memory: bool = False
    program: str = ""


Rule = Callable[[ContainerFailure], str | None]


def _explain_missing_program(ending: ContainerFailure) -> str | None:
    if ending.exit_code != 127:
        return None
    if ending.program:
        return (
            f"the image has no program `{ending.program}`: name one of the image in "
            "ContainerEntrypoint, by its full path if it is not on PATH"
        )
    if ending.command == "entrypoint":  # it started: its shell did not find another program
        return None
    if ending.command == "process":
        return "the image has neither ENTRYPOINT nor CMD: give a ContainerEntrypoint"
    return (
        f"the image has no program for the word `{ending.command}`: give it an exec-form "
        f"ENTRYPOINT that takes the word, or an executable `{ending.command}` on its PATH"
    )


def _explain_not_executable(ending: ContainerFailure) -> str | None:
    if ending.exit_code != 126 and not _search_log(ending, r"exec format error"):
        return None
    program = f"`{ending.program}`" if ending.program else "the program"
    return (
        f"{program} cannot be executed here: make it executable, give it a first line that names "
        "its interpreter, and build the image for this machine's architecture"
    )


def _quote_failure_file(ending: ContainerFailure) -> str | None:
    first = ending.failure.strip().partition("\n")[0]
    return first or None


def _explain_port_conflict(ending: ContainerFailure) -> str | None:
    if not _search_log(ending, r"address already in use|connection in use|errno 98\b"):
        return None
    return (
        "the port it listens on is taken: it must listen on SAGEMAKER_BIND_TO_PORT where that is "
        "set, and its capability label accept-bind-to-port must be true to its word"
    )


def _explain_kill(ending: ContainerFailure) -> str | None:
    if ending.exit_code != 137 and not ending.out_of_memory:
        return None
    killed = "it was killed by SIGKILL" if ending.exit_code == 137 else "a process of it was killed"
    why = " because memory ran out (OOM)" if ending.out_of_memory else ", often as memory ran out"
    return f"{killed}{why}: give the machine more memory or the program less data at a time"


def _explain_crash(ending: ContainerFailure) -> str | None:
    if ending.exit_code not in {134, 135, 136, 139}:
        return None
    return (
        f"it crashed in native code ({_find_signal(ending)}, exit code {ending.exit_code}): check "
        "that its compiled packages fit this processor and each other"
    )


def _explain_read_only_path(ending: ContainerFailure) -> str | None:
    if not _search_log(ending, r"read-only file system|permission denied.*/opt/ml|errno 30\b"):
        return None
    return (
        "it tried to write where a container may only read: write below /opt/ml/model and "
        "/opt/ml/output in training, and only below /tmp in hosting"
    )


def _explain_missing_module(ending: ContainerFailure) -> str | None:
    match = _search_log(ending, r"ModuleNotFoundError: No module named ['\"]([^'\"]+)")
    if not match:
        return None
    return f"the image lacks the Python module {match.group(1)}: install it in the image"


def _explain_signal(ending: ContainerFailure) -> str | None:
    name = _find_signal(ending)
    if not name or ending.command == "serve":
        return None
    return f"it was ended by {name} (exit code {ending.exit_code}): find out what sent the signal"


def _explain_ping_timeout(ending: ContainerFailure) -> str | None:
    if ending.exit_code is not None:
        return None
    return (
        f"GET /ping was not answered with 200 in {ending.waited:g} s: it must listen on "
        "0.0.0.0:8080 (or SAGEMAKER_BIND_TO_PORT) and answer once its model is loaded"
    )


def _explain_early_exit(ending: ContainerFailure) -> str | None:
    if ending.command != "serve" or ending.exit_code != 0:
        return None
    return "it ended before it answered /ping: `serve` must stay in the foreground"


def _explain_failed_start(ending: ContainerFailure) -> str | None:
    if ending.command != "serve":
        return None
    last = next((line.strip() for line in reversed(ending.log) if line.strip()), "")
    last_words = f"; its last words: {last}" if last else "; it wrote nothing"
    return f"it ended with exit code {ending.exit_code} before it answered /ping{last_words}"


def _explain_exit_code(ending: ContainerFailure) -> str:
    return (
        f"it ended with exit code {ending.exit_code} and left no /opt/ml/output/failure: "
        "write the cause there, its first sentence first"
    )


RULES: tuple[Rule, ...] = (
    _quote_failure_file,
    _explain_missing_program,
    _explain_not_executable,
    _explain_kill,
    _explain_crash,
    _explain_port_conflict,
    _explain_read_only_path,
    _explain_missing_module,
    _explain_signal,
    _explain_ping_timeout,
    _explain_early_exit,
    _explain_failed_start,
    _explain_exit_code,
)


def diagnose(ending: ContainerFailure) -> str:
    """Return the sentence of the first rule that applies."""
    sentences = (rule(ending) for rule in RULES)
    return f"{ending.name}: {next(sentence for sentence in sentences if sentence)}"


def explain_failure(ending: ContainerFailure, hosts: int) -> str:
    """Return the diagnosis for a failure reason, or "" when the exit code is enough.

    Signals, memory shortage and failures of one of several hosts need it.
    """
    return diagnose(ending) if hosts > 1 or ending.out_of_memory or _find_signal(ending) else ""


def _find_signal(ending: ContainerFailure) -> str:
    try:
        return signal.Signals((ending.exit_code or 0) - 128).name
    except ValueError:
        return ""


def _search_log(ending: ContainerFailure, pattern: str) -> re.Match[str] | None:
    return re.search(pattern, "\n".join(ending.log), re.IGNORECASE)
