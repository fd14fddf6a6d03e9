"""Channels as a person names them."""

from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.platform.channels import Channel, parse_channel


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("train=a.csv", Channel("train", Path("a.csv"))),
        ("train=a=b.csv", Channel("train", Path("a=b.csv"))),
        (
            "train=a.csv;content-type=text/csv; label_size=1",
            Channel("train", Path("a.csv"), "text/csv; label_size=1"),
        ),
    ],
)
def test_a_channel_is_a_name_a_path_and_perhaps_a_content_type(text: str, channel: Channel) -> None:
    assert parse_channel(text) == channel


@pytest.mark.parametrize("text", ["train", "=a", "train=", "train=a;content-type="])
def test_a_malformed_channel_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not NAME=PATH"):
        parse_channel(text)
