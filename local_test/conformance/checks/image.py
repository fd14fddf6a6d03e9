"""What an image says of itself, and what it must do without."""

from dataclasses import replace
from pathlib import Path

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import TrainingPlan
from local_test.conformance.outcomes import expect, raise_not_applicable
from local_test.endpoints.stage import BIND_LABEL
from local_test.engines.protocol import Confinement
from local_test.errors import LocalError
from local_test.platform.opt_ml_tree import OptMlTree

_SHELLS = ("sh", "bash", "dash")
_INITS = ("tini", "dumb-init", "docker-init")
_SECONDS = 60.0
_LINE_SECONDS = 30.0
_USER = "12345:12345"


@check(
    1,
    MUST,
    'Write ENTRYPOINT ["program"]; in the shell form the shell is process 1 and keeps SIGTERM.',
    needs="engine docker",
)
def exec_form(session: Session) -> None:
    """ENTRYPOINT is in exec form and names the program itself, neither a shell nor an init."""
    words = session.image_facts.entrypoint
    name = Path(words[0]).name if words else ""
    expect(not (name in _SHELLS and "-c" in words), f"ENTRYPOINT is in shell form: {list(words)}")
    expect(name not in _INITS, f"ENTRYPOINT is the init {name}, which takes `train` for a program")


@check(2, MUST, "End with exit code 1 and one line of usage for a word you do not know.")
def unknown_word(session: Session) -> None:
    """Any other word than train and serve ends with an exit code above 0 and a line of help."""
    run = session.train(TrainingPlan(arguments=("no-such-command",)), _SECONDS)
    expect(run.exit_code is not None, f"with the word no-such-command {run.ending}")
    expect(run.exit_code != 0, "the word no-such-command ended with exit code 0")
    expect(run.log.strip(), "the word no-such-command was refused without a line")


@check(3, SHOULD, 'Write CMD ["train"].', needs="engine docker")
def trains_by_itself(session: Session) -> None:
    """CMD is ["train"], so that a run without arguments trains, as the SDK's local mode wants."""
    words = session.image_facts.command
    expect(words == ("train",), f"CMD is {list(words)}")


@check(4, MUST, f"Write LABEL {BIND_LABEL}=true.", needs="engine docker")
def has_bind_label(session: Session) -> None:
    """A label says that the image listens where SAGEMAKER_BIND_TO_PORT says."""
    labels = session.engine.read_labels(session.subject.image)
    if labels is None:
        raise_not_applicable("a program on the engine `process` has no labels")
    expect(labels.get(BIND_LABEL) == "true", f"the image has no label {BIND_LABEL}=true")


@check(5, MUST, "Keep programs and data elsewhere, as in /opt/program.", needs="engine docker")
def nothing_below_opt_ml(session: Session) -> None:
    """The image holds no file below /opt/ml, which the platform's mounts would hide."""
    paths = session.image_facts.below_opt_ml
    expect(not paths, f"the image holds {', '.join(paths[:3])}")


@check(
    6, MUST, "Fetch nothing at run time: no packages, no data, no telemetry.", needs="engine docker"
)
def trains_without_network(session: Session) -> None:
    """It trains without a network and without any AWS variable."""
    session.require_docker()
    _ = session.trained_run
    run = session.train(TrainingPlan(confinement=Confinement(network=False)))
    expect(run.ok, f"without a network {run.ending}")


@check(
    7,
    SHOULD,
    "Make the image's files readable for all, and write below /tmp.",
    needs="engine docker",
)
def any_user(session: Session) -> None:
    """It trains and serves as a user the image has never heard of."""
    session.require_docker()
    _ = session.trained_run
    someone = Confinement(user=_USER)
    run = session.train(TrainingPlan(variants=(_open_for_all,), confinement=someone))
    expect(run.ok, f"as user {_USER} {run.ending}")
    _expect_serving(session, someone, f"as user {_USER}")


@check(8, MUST, "Flush every line: PYTHONUNBUFFERED=1, or line buffering.", needs="--long")
def flushes_lines(session: Session) -> None:
    """Lines leave the container when they are written, not when the program ends."""
    if not session.subject.long_hyperparameters:
        raise_not_applicable("give --long NAME=VALUE, hyperparameters with which training lasts")
    _ = session.trained_run
    plan = TrainingPlan(
        hyperparameters={**session.subject.hyperparameters, **session.subject.long_hyperparameters}
    )
    with session.start_training(plan) as training:
        logged = training.wait_until(lambda: bool(training.log.lines), _LINE_SECONDS)
        waited = f"training has run for {_LINE_SECONDS:.0f} s, and no line has come"
        expect(logged, waited)


@check(44, MUST, "Write below /tmp only; load the model without changing it.")
def read_only_model(session: Session) -> None:
    """The model folder is read-only when serving; a read-only root with /tmp should do as well."""
    server = session.shared_container
    _ = session.response
    now = _read_model(server.tree)
    expect(
        now == session.trained_run.model,
        f"the model folder was changed: {_list_differences(now, session)}",
    )
    if session.engine.name == "docker":
        _expect_serving(session, Confinement(read_only_root=True), "with a read-only root")


def _expect_serving(session: Session, confinement: Confinement, how: str) -> None:
    try:
        with session.serve(replace(ServingPlan(), confinement=confinement)) as server:
            response = server.invoke()
    except LocalError as error:
        expect(False, f"{how} it does not serve: {error}")
    else:
        expect(response.status == 200, f"{how} the request gets {response}")


def _open_for_all(tree: OptMlTree) -> None:
    for folder in (tree.model, tree.output, tree.output_data):
        folder.chmod(0o777)


def _read_model(tree: OptMlTree) -> dict[str, bytes]:
    files = (path for path in tree.model.rglob("*") if path.is_file())
    return {path.relative_to(tree.model).as_posix(): path.read_bytes() for path in files}


def _list_differences(now: dict[str, bytes], session: Session) -> str:
    before = session.trained_run.model
    names = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    return ", ".join(names[:3])
