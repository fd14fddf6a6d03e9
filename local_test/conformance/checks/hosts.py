"""What several hosts ask of a training."""

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.session import Bench
from local_test.conformance.harness.trainer import Plan, Run
from local_test.conformance.outcomes import expect, inapplicable

_LATE_SECONDS = 10.0
_TOGETHER_SECONDS = 60.0
_BOUND_SECONDS = 120.0


@check(35, MUST, "Let the first of the sorted hosts write the model, and no other.")
def one_writes(bench: Bench) -> None:
    """Two hosts both exit 0, and no file of the model is written by both of them."""
    _same_job(_both(bench, 0.0))


@check(36, MUST, "Try again for a while when another host cannot be reached yet.")
def waits(bench: Bench) -> None:
    """A host that starts 10 s late is waited for."""
    _same_job(_both(bench, _LATE_SECONDS))


@check(37, MUST, "Notice a connection that is gone, and end with an exit code.", needs="--long")
def notices_a_death(bench: Bench) -> None:
    """When one of two hosts dies, the other ends above 0 within two minutes."""
    if not bench.subject.long:
        inapplicable("give --long NAME=VALUE, hyperparameters with which training lasts")
    _ = bench.trained
    given = {**bench.subject.hyperparameters, **bench.subject.long}
    with bench.training(Plan(hyperparameters=given, hosts=2)) as live:
        live.until(lambda: False, 1.0)
        # Lines of progress, not those of the start, tell that the hosts have met.
        together = live.until(
            lambda: len(live.log.lines) > 2 * _ordinary_lines(bench), _TOGETHER_SECONDS
        )
        if not together and live.containers[0].wait(0) is None:
            inapplicable("its log does not tell that two hosts train together")
        live.containers[1].kill()
        run = live.finish(_BOUND_SECONDS)
    expect(run.exit_code is not None, "two minutes after the other host died it was still there")
    expect(run.exit_code != 0, "the other host died, and it ended with exit code 0")


def _ordinary_lines(bench: Bench) -> int:
    return len(bench.trained.log.splitlines())


def _both(bench: Bench, pause: float) -> list[Run]:
    _ = bench.trained
    with bench.training(Plan(hosts=2), pause) as live:
        return [live.finish(index=index) for index in range(2)]


def _same_job(runs: list[Run]) -> None:
    for run in runs:
        expect(run.exit_code == 0, f"of two hosts, one: {run.ending}")
    first, second = (run.model for run in runs)
    expect(first or second, "neither of two hosts wrote a model")
    clash = sorted(name for name in first if name in second)
    expect(not clash, f"both of two hosts wrote {', '.join(clash[:3])}")
