"""Whether code in a model's archive can be forbidden."""

import json
from collections.abc import Mapping
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.foreign_files import RAN_LINE
from local_test.conformance.harness.sample_data import find_sample
from local_test.conformance.harness.serving_container import ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import expect, raise_not_applicable
from local_test.errors import LocalError

_OPTION = "--code-switch"
# An image may name its switch itself: NAME=VALUE.
LABEL = "local-sagemaker.archive-code-switch"
_PROGRAM = "inference.py"
_CODE = f"print({RAN_LINE!r}, flush=True)\n"


@check(92, MUST, "Look at the switch before you import or unpickle anything.", needs=_OPTION)
def keeps_archive_code_out(session: Session) -> None:
    """With its switch set, it runs no code that a model's archive brings, and says so or serves."""
    _ = session.response
    switch = _find_switch(session)
    if RAN_LINE not in _read_serving_log(session, {}):
        raise_not_applicable("it runs no code of an archive, with the switch or without")
    log = _read_serving_log(session, switch)
    names = ", ".join(f"{name}={value}" for name, value in switch.items())
    expect(RAN_LINE not in log, f"with {names} code of the archive was run")
    expect(log.strip(), f"with {names} it serves nothing, and its log is empty")


def _find_switch(session: Session) -> Mapping[str, str]:
    if session.subject.code_switch:
        return session.subject.code_switch
    labels = session.engine.read_labels(session.subject.image)
    name, equals, value = (labels or {}).get(LABEL, "").partition("=")
    switch = {name: value} if equals else {}
    if labels is None:  # a program, which has none
        switch = dict(find_sample(session.subject.image).code_switch)
    if not switch:
        raise_not_applicable(
            f"give {_OPTION} NAME=VALUE, the variable that forbids code of archives"
        )
    return switch


def _read_serving_log(session: Session, environment: Mapping[str, str]) -> str:
    """Serve the model with code in it, send a request where it gets well, and give the log."""
    plan = ServingPlan(environment=environment, variants=(_add_program,))
    with session.launch(plan) as server:
        try:
            server.wait_until_healthy()
        except LocalError:
            return server.log.to_text()
        server.invoke()
    return server.log.to_text()


def _add_program(model: Path) -> None:
    """Add a program as the framework containers and script mode take it."""
    folder = model / "code"
    folder.mkdir(exist_ok=True)
    (folder / _PROGRAM).write_text(_CODE, encoding="utf-8")
    mark = model / "script.json"
    if not mark.exists():
        mark.write_text(json.dumps({"program": _PROGRAM}), encoding="utf-8")
