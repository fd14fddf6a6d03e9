"""Metrics as they are defined."""

import pytest

from local_test.errors import UserError
from local_test.platform.metrics import parse_metric_definition


@pytest.mark.parametrize("text", ["loss", "loss=", "=x", "loss=(", "loss=no group"])
def test_a_malformed_metric_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="metric"):
        parse_metric_definition(text)
