"""Whether code in a model's archive can be forbidden."""

import json
from collections.abc import Mapping
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.foreign_files import RAN
from local_test.conformance.harness.sample_data import fitting
from local_test.conformance.harness.serving_container import Hosting
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import expect, inapplicable
from local_test.errors import LocalError

_OPTION = "--code-switch"
# An image may name its switch itself: NAME=VALUE.
LABEL = "local-sagemaker.archive-code-switch"
_PROGRAM = "inference.py"
_CODE = f"print({RAN!r}, flush=True)\n"


@check(92, MUST, "Look at the switch before you import or unpickle anything.", needs=_OPTION)
def keeps_archive_code_out(bench: Bench) -> None:
    """With its switch set, it runs no code that a model's archive brings, and says so or serves."""
    _ = bench.answer
    switch = _switch(bench)
    if RAN not in _log(bench, {}):
        inapplicable("it runs no code of an archive, with the switch or without")
    log = _log(bench, switch)
    names = ", ".join(f"{name}={value}" for name, value in switch.items())
    expect(RAN not in log, f"with {names} code of the archive was run")
    expect(log.strip(), f"with {names} it serves nothing, and its log is empty")


def _switch(bench: Bench) -> Mapping[str, str]:
    if bench.subject.code_switch:
        return bench.subject.code_switch
    labels = bench.engine.read_labels(bench.subject.image)
    name, equals, value = (labels or {}).get(LABEL, "").partition("=")
    switch = {name: value} if equals else {}
    if labels is None:  # a program, which has none
        switch = dict(fitting(bench.subject.image).code_switch)
    if not switch:
        inapplicable(f"give {_OPTION} NAME=VALUE, the variable that forbids code of archives")
    return switch


def _log(bench: Bench, environment: Mapping[str, str]) -> str:
    """Serve the model with code in it, send a request where it gets well, and give the log."""
    plan = Hosting(environment=environment, odd=(_with_code,))
    with bench.launching(plan) as served:
        try:
            served.wait_until_healthy()
        except LocalError:
            return served.log.text()
        served.ask()
    return served.log.text()


def _with_code(model: Path) -> None:
    """Add a program as the framework containers and script mode take it."""
    folder = model / "code"
    folder.mkdir(exist_ok=True)
    (folder / _PROGRAM).write_text(_CODE, encoding="utf-8")
    mark = model / "script.json"
    if not mark.exists():
        mark.write_text(json.dumps({"program": _PROGRAM}), encoding="utf-8")
