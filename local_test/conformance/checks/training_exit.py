"""What a training leaves, and how it ends when something is wrong."""

import json

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import FinishedTraining, TrainingPlan
from local_test.conformance.outcomes import CheckBlocked, expect, raise_not_applicable
from local_test.errors import LocalError
from local_test.platform.metrics import Metrics
from local_test.platform.opt_ml_tree import OptMlTree

_SECONDS = 60.0
_MARK = "marker4711"
_GARBAGE = f"{_MARK},\x00{_MARK}\x01\n{_MARK}".encode() + b"\xff\xfe"
_OUTPUTS = {"data", "failure"}
_FOLDERS = {"input", "model", "output", "checkpoints"}


@check(
    21, MUST, "Write the model as files below /opt/ml/model, then exit 0 without a failure text."
)
def leaves_a_model(session: Session) -> None:
    """A training that succeeds exits 0 and leaves files, no link, and no failure text."""
    run = session.ordinary_run
    expect(run.exit_code == 0, run.ending)
    links = [path.name for path in run.tree.model.rglob("*") if path.is_symlink()]
    expect(not links, f"the model folder holds the link {', '.join(links[:1])}")
    expect(run.model, "the model folder is empty")
    expect(not (run.tree.output / "failure").exists(), "it succeeded and left a failure text")


@check(22, MUST, "Write the cause to /opt/ml/output/failure, its first sentence first.")
def tells_its_failure(session: Session) -> None:
    """A training that fails exits above 0, with its cause in 1024 characters of UTF-8."""
    run = _train_on_garbage(session)
    expect(run.exit_code not in {0, None}, f"given data that is none, {run.ending}")
    path = run.tree.output / "failure"
    expect(path.is_file(), f"it left no /opt/ml/output/failure; {run.ending}")
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        text = ""
    expect(text[:1024].strip(), "its /opt/ml/output/failure is empty or no UTF-8")


@check(23, MUST, "Say row and column instead of the value; keep stack traces for internal errors.")
def quotes_no_data(session: Session) -> None:
    """The failure text of a user's mistake quotes no data and shows no stack trace."""
    run = _train_on_garbage(session)
    expect(run.exit_code not in {0, None}, f"given data that is none, {run.ending}")
    expect(_MARK not in run.failure, f"the failure quotes the data: {run.failure[:120]!r}")
    expect("Traceback" not in run.failure, "the failure shows a stack trace")


@check(24, SHOULD, "Write what is not the model to /opt/ml/output/data.")
def writes_where_it_may(session: Session) -> None:
    """Nothing is written but the model, /opt/ml/output/data and the failure text."""
    tree = session.trained_run.tree
    names = {path.name for path in tree.output.iterdir()} - _OUTPUTS
    names |= {path.name for path in tree.root.iterdir()} - _FOLDERS
    expect(not names, f"it also wrote {', '.join(sorted(names))}")


@check(30, MUST, "Begin as if the model folder were empty, and end the same way.")
def runs_again(session: Session) -> None:
    """Run again where it has run already, it exits 0 with the same model."""
    first = session.trained_run
    before = dict(first.model)
    again = session.train(TrainingPlan(rerun_in=first.tree))
    expect(again.ok, f"run a second time, {again.ending}")
    expect(
        sorted(again.model) == sorted(before), f"it left {', '.join(again.model)} the second time"
    )


@check(31, MUST, "Write one line a round, the parts separated by a tabulator.", needs="--metric")
def metric_lines(session: Session) -> None:
    """Its metric lines match their definitions with a tabulator shown as #011."""
    metrics = Metrics(session.subject.metrics)
    for line in session.trained_run.log.splitlines():
        metrics.read_line(line)
    if not metrics.values and not session.subject.metrics:
        raise_not_applicable(
            "it writes no line as XGBoost does, and no --metric NAME=REGEX is given"
        )
    gone = [m.name for m in session.subject.metrics if m.name not in metrics.values]
    expect(not gone, f"no line matches the metric {', '.join(gone)}")


@check(39, SHOULD, "Seed every generator of random numbers; keep no order of threads.")
def repeatable(session: Session) -> None:
    """The same data, hyperparameters and seed give the same predictions."""
    response = session.response
    second = session.train()
    expect(second.ok, f"run a second time, {second.ending}")
    if second.model == session.trained_run.model:
        return
    try:
        with session.serve(ServingPlan(model=second.tree.model)) as server:
            second_response = server.invoke()
    except LocalError as error:
        raise CheckBlocked(f"the second model is not served: {error}") from error
    expect(
        second_response.body == response.body, "two trainings on the same data predict differently"
    )


@check(40, MUST, "Name files in the model relative to the model folder.")
def self_contained(session: Session) -> None:
    """All that serving needs is in the model folder, and no path of the training is."""
    root = str(session.trained_run.tree.root).encode()
    marks = (b"/opt/ml/input", root)
    for name, content in session.trained_run.model.items():
        expect(not any(mark in content for mark in marks), f"{name} names a path of the training")
    _ = session.response


def _train_on_garbage(session: Session) -> FinishedTraining:
    if not session.subject.channels:
        raise_not_applicable("it trains without a channel, so no failure can be brought about")
    _ = session.trained_run
    return session.train(TrainingPlan(variants=(_overwrite_channels,)), _SECONDS)


def _overwrite_channels(tree: OptMlTree) -> None:
    for name in json.loads((tree.config / "inputdataconfig.json").read_bytes()):
        for path in (tree.data / name).rglob("*"):
            if path.is_file():
                path.write_bytes(_GARBAGE)
