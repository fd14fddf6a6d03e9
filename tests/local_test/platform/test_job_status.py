"""How an exit code becomes a status."""

from local_test.platform.job_status import JobStatus, StopCause, determine_outcome


def test_an_exit_code_of_zero_is_completed_whatever_the_failure_file_says() -> None:
    assert determine_outcome(0, "something").status is JobStatus.COMPLETED


def test_a_stop_that_was_asked_for_counts_before_the_exit_code() -> None:
    outcome = determine_outcome(137, "", StopCause.MAX_RUNTIME)
    assert (outcome.status, outcome.secondary) == (JobStatus.STOPPED, "MaxRuntimeExceeded")
    assert outcome.failure_reason == ""
