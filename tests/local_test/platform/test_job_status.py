"""How an exit code becomes a status."""

from local_test.platform.job_status import Status, StopCause, judge


def test_an_exit_code_of_zero_is_completed_whatever_the_failure_file_says() -> None:
    assert judge(0, "something").status is Status.COMPLETED


def test_a_stop_that_was_asked_for_counts_before_the_exit_code() -> None:
    outcome = judge(137, "", StopCause.MAX_RUNTIME)
    assert (outcome.status, outcome.secondary) == (Status.STOPPED, "MaxRuntimeExceeded")
    assert outcome.failure_reason == ""
