"""How long the results of a pipeline's step can be reused."""

from __future__ import annotations

import datetime as dt

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.step_cache import CacheConfig, parse_cache_config


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30d", dt.timedelta(days=30)),
        ("P30D", dt.timedelta(days=30)),
        ("PT2H30M", dt.timedelta(hours=2, minutes=30)),
        ("T45m", dt.timedelta(minutes=45)),
        ("p1y", dt.timedelta(days=365)),
        ("P2W", dt.timedelta(weeks=2)),
        ("P1MT1S", dt.timedelta(days=30, seconds=1)),
    ],
)
def test_a_duration_is_read_in_iso_8601(text: str, duration: dt.timedelta) -> None:
    content = {"Enabled": True, "ExpireAfter": text}
    assert parse_cache_config("Train", content) == CacheConfig(duration)


def test_without_a_duration_there_is_no_limit_and_disabled_is_no_cache() -> None:
    assert parse_cache_config("Train", {"Enabled": True}) == CacheConfig(None)
    assert parse_cache_config("Train", {"Enabled": False, "ExpireAfter": "30d"}) is None
    assert parse_cache_config("Train", None) is None


@pytest.mark.parametrize("text", ["", "P", "PT", "soon", "-P1D", "P0D"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="of step Train is no duration"):
        parse_cache_config("Train", {"Enabled": True, "ExpireAfter": text})
