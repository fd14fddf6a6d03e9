"""What several hosts ask of a training."""

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import FinishedTraining, TrainingPlan
from local_test.conformance.outcomes import expect, raise_not_applicable

_LATE_SECONDS = 10.0
_TOGETHER_SECONDS = 60.0
_BOUND_SECONDS = 120.0


@check(35, MUST, "Let the first of the sorted hosts write the model, and no other.")
def one_host_writes(session: Session) -> None:
    """Two hosts both exit 0, and no file of the model is written by both of them."""
    _expect_one_model(_train_on_two_hosts(session, 0.0))


@check(36, MUST, "Try again for a while when another host cannot be reached yet.")
def waits_for_a_late_host(session: Session) -> None:
    """A host that starts 10 s late is waited for."""
    _expect_one_model(_train_on_two_hosts(session, _LATE_SECONDS))


@check(37, MUST, "Notice a connection that is gone, and end with an exit code.", needs="--long")
def notices_a_dead_host(session: Session) -> None:
    """When one of two hosts dies, the other ends above 0 within two minutes."""
    if not session.subject.long_hyperparameters:
        raise_not_applicable("give --long NAME=VALUE, hyperparameters with which training lasts")
    _ = session.trained_run
    hyperparameters = {**session.subject.hyperparameters, **session.subject.long_hyperparameters}
    with session.start_training(TrainingPlan(hyperparameters=hyperparameters, hosts=2)) as training:
        training.wait_until(lambda: False, 1.0)
        # Lines of progress, not those of the start, tell that the hosts have met.
        together = training.wait_until(
            lambda: len(training.log.lines) > 2 * _count_ordinary_lines(session), _TOGETHER_SECONDS
        )
        if not together and training.containers[0].wait(0) is None:
            raise_not_applicable("its log does not tell that two hosts train together")
        training.containers[1].kill()
        run = training.finish(_BOUND_SECONDS)
    expect(run.exit_code is not None, "two minutes after the other host died it was still there")
    expect(run.exit_code != 0, "the other host died, and it ended with exit code 0")


def _count_ordinary_lines(session: Session) -> int:
    return len(session.trained_run.log.splitlines())


def _train_on_two_hosts(session: Session, pause: float) -> list[FinishedTraining]:
    _ = session.trained_run
    with session.start_training(TrainingPlan(hosts=2), pause) as training:
        return [training.finish(index=index) for index in range(2)]


def _expect_one_model(runs: list[FinishedTraining]) -> None:
    for run in runs:
        expect(run.exit_code == 0, f"of two hosts, one: {run.ending}")
    first, second = (run.model for run in runs)
    expect(first or second, "neither of two hosts wrote a model")
    clash = sorted(name for name in first if name in second)
    expect(not clash, f"both of two hosts wrote {', '.join(clash[:3])}")
