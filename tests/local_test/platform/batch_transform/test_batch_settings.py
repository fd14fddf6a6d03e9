"""Who decides how a batch is sent."""

import pytest

from local_test.errors import UserError
from local_test.platform.batch_transform.batch_settings import (
    BatchSettings,
    make_batch_plan,
    parse_execution_parameters,
)


def test_the_request_counts_before_the_container_before_the_defaults() -> None:
    answer = parse_execution_parameters(
        b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 3}'
    )
    settled = make_batch_plan(BatchSettings(max_payload_mb=5), answer)
    assert (settled.strategy, settled.max_payload_mb, settled.max_concurrent) == (
        "SingleRecord",
        5,
        8,
    )
    assert make_batch_plan(BatchSettings(), BatchSettings()).limit == 6 * 1024 * 1024


def test_no_more_than_100_mb_are_under_way() -> None:
    with pytest.raises(UserError, match="100 MB at most"):
        BatchSettings(max_payload_mb=20, max_concurrent=6).check()
    assert (
        make_batch_plan(
            BatchSettings(max_payload_mb=20), BatchSettings(None, None, 8)
        ).max_concurrent
        == 5
    )


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"BatchStrategy": "MultiRecord"}', b'{"MaxPayloadInMB": "6"}']
)
def test_broken_execution_parameters_are_refused(body: bytes) -> None:
    with pytest.raises(UserError, match="/execution-parameters"):
        parse_execution_parameters(body)


def test_a_batch_container_is_told_only_what_the_request_said() -> None:
    assert BatchSettings().to_environment() == {"SAGEMAKER_BATCH": "true"}
    assert BatchSettings("SingleRecord", 3, 2).to_environment() == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "3",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
    }
