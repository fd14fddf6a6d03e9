"""How a training reads its configuration and its data."""

import json
import shutil

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness import layout_variants
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import FinishedTraining, TrainingPlan
from local_test.conformance.outcomes import CheckFailed, expect, raise_not_applicable
from local_test.platform.opt_ml_tree import OptMlTree

_UNKNOWN = "surely_no_such_parameter"
_SECONDS = 60.0


@check(9, MUST, "Check every hyperparameter before reading data, and name it.", needs="--bad")
def bad_value(session: Session) -> None:
    """A hyperparameter out of range ends the job, and the failure names it."""
    if not session.subject.invalid_hyperparameters:
        raise_not_applicable("give --bad NAME=VALUE, a hyperparameter that must be refused")
    plan = TrainingPlan(
        hyperparameters={
            **session.subject.hyperparameters,
            **session.subject.invalid_hyperparameters,
        }
    )
    _expect_refusal(
        session.train(plan, _SECONDS),
        "a bad hyperparameter",
        *session.subject.invalid_hyperparameters,
    )


@check(10, MUST, "Decode each value as JSON first, and take the text itself where that fails.")
def reads_quoted_values(session: Session) -> None:
    """A hyperparameter in JSON quotes means the same as one without."""
    session.expect_tolerance(layout_variants.quote_values)


@check(11, MUST, "Take defaults, or name the hyperparameter that is required.")
def no_hyperparameters(session: Session) -> None:
    """Without hyperparameters.json there are defaults, or the failure names what is required."""
    _ = session.trained_run
    run = session.train(TrainingPlan(variants=(_remove_hyperparameters,)))
    names = [*session.subject.hyperparameters]
    named = run.exit_code not in {0, None} and any(name in run.failure for name in names)
    expect(run.ok or named, f"without hyperparameters.json {run.ending}")


@check(
    12,
    SHOULD,
    "Refuse names you do not know; let `sagemaker_*` and `_tuning_objective_metric` pass.",
)
def unknown_hyperparameter(session: Session) -> None:
    """An unknown hyperparameter is refused by name; those that the platform adds are accepted."""
    session.expect_tolerance(layout_variants.add_reserved_names)
    plan = TrainingPlan(hyperparameters={**session.subject.hyperparameters, _UNKNOWN: "1"})
    _expect_refusal(session.train(plan), "an unknown hyperparameter", _UNKNOWN)


@check(13, MUST, "Take the channels from inputdataconfig.json, never from the folder.")
def channels_from_the_file(session: Session) -> None:
    """A manifest beside a channel, a stray folder and channels of the SDK's do no harm."""
    session.expect_tolerance(layout_variants.add_stray_inputs)


@check(14, MUST, "Give every key but the mode a default; all that is not Pipe is a folder.")
def few_keys(session: Session) -> None:
    """A channel that says only its mode is read, and FastFile is read as File."""
    session.expect_tolerance(layout_variants.drop_channel_keys)


@check(15, MUST, "Compare the media type in small letters, without its parameters.")
def content_type_in_capitals(session: Session) -> None:
    """A channel's content type may have capitals and parameters."""
    if session.subject.content_type is None:
        raise_not_applicable("the training data has no content type; give --content-type")
    session.expect_tolerance(layout_variants.capitalize_content_type)


@check(16, MUST, "Say which channel is missing.")
def missing_channel(session: Session) -> None:
    """Without the channels it needs, the job fails and the failure names one."""
    if not session.subject.channels:
        raise_not_applicable("it trains without a channel")
    _expect_refusal(
        session.train(TrainingPlan(channels=()), _SECONDS), "no channel", *session.subject.channels
    )


@check(17, MUST, "Walk the whole channel folder, in sorted order, whatever the files are called.")
def reads_nested_files(session: Session) -> None:
    """Files in folders and without an extension are read."""
    session.expect_tolerance(layout_variants.nest_files)


@check(18, MUST, "Look for files first, and say that there is none.")
def empty_channel(session: Session) -> None:
    """An empty channel folder fails the job with a reason, and in bounded time."""
    if not session.subject.channels:
        raise_not_applicable("it trains without a channel")
    _expect_refusal(
        session.train(TrainingPlan(variants=(_empty_channels,)), _SECONDS), "an empty channel"
    )


@check(20, MUST, "Write below /opt/ml/model, /opt/ml/output and /tmp only.")
def read_only_input(session: Session) -> None:
    """The input folder may be read-only: training leaves it as it was."""
    before = {path.name: path.stat().st_size for path in session.subject.channels.values()}
    run = session.trained_run
    expected = {"config", "data", *session.subject.channels}
    top = {
        path.name
        for folder in (run.tree.data, run.tree.root / "input")
        for path in folder.iterdir()
    }
    expect(top <= expected, f"training wrote {', '.join(sorted(top - expected))} into its input")
    for name, path in session.subject.channels.items():
        if path.is_file():
            files = {p.name: p.stat().st_size for p in (run.tree.data / name).iterdir()}
            expect(files == {path.name: before[path.name]}, f"training changed channel {name}")


@check(32, MUST, "Give every variable a default; none is promised.")
def no_variables(session: Session) -> None:
    """It trains without AWS_REGION, TRAINING_JOB_NAME, or any SM_ variable."""
    _ = session.trained_run
    run = session.train(TrainingPlan(without_environment=True))
    expect(run.ok, f"without a variable {run.ending}")


@check(33, MUST, "Read the three documented keys, and the interface's name from the file.")
def few_resources(session: Session) -> None:
    """Three keys of resourceconfig.json are enough, and any network interface will do."""
    session.expect_tolerance(layout_variants.drop_resource_keys)


@check(34, MUST, "Open the files you know by name; never read the whole folder.")
def unknown_files(session: Session) -> None:
    """Unknown files in /opt/ml/input/config do no harm."""
    session.expect_tolerance(layout_variants.add_unknown_config_files)


@check(38, MUST, "Read <channel>_0, then _1, and wait for a FIFO; else refuse Pipe mode by name.")
def reads_pipes(session: Session) -> None:
    """A channel in Pipe mode is read from its FIFOs, or refused with a word on pipes."""
    if not session.subject.channels:
        raise_not_applicable("it trains without a channel")
    _ = session.trained_run
    run = session.train(TrainingPlan(input_mode="Pipe"), _SECONDS)
    refused = run.exit_code not in {0, None} and "pipe" in run.failure.lower()
    expect(run.ok or refused, f"in Pipe mode {run.ending}")


def _expect_refusal(run: FinishedTraining, what: str, *names: str) -> None:
    if run.exit_code in {0, None}:
        raise CheckFailed(f"given {what}, {run.ending}")
    named = not names or any(name in run.failure for name in names)
    expect(run.failure.strip() and named, f"given {what}, {run.ending}")


def _remove_hyperparameters(tree: OptMlTree) -> None:
    (tree.config / "hyperparameters.json").unlink()


def _empty_channels(tree: OptMlTree) -> None:
    for name in json.loads((tree.config / "inputdataconfig.json").read_bytes()):
        shutil.rmtree(tree.data / name)
        (tree.data / name).mkdir()
