"""Channels as a person names them."""

from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.platform.channels import Channel, check_channel, parse_channel


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("train=a.csv", Channel("train", Path("a.csv"))),
        ("train=a=b.csv", Channel("train", Path("a=b.csv"))),
        (
            "train=a.csv;content-type=text/csv; label_size=1",
            Channel("train", Path("a.csv"), "text/csv; label_size=1"),
        ),
        (
            "train=a;b;record-wrapper=RecordIO;input-mode=Pipe;content-type=text/csv",
            Channel("train", Path("a;b"), "text/csv", "Pipe", record_wrapper="RecordIO"),
        ),
    ],
)
def test_a_channel_is_a_name_a_path_and_perhaps_a_content_type(text: str, channel: Channel) -> None:
    assert parse_channel(text) == channel


@pytest.mark.parametrize("text", ["train", "=a", "train=", "train=a;content-type="])
def test_a_malformed_channel_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not NAME=PATH"):
        parse_channel(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train=a;input-mode=pipe", "no input-mode 'pipe'; write File or Pipe or FastFile"),
        ("train=a;record-wrapper=x", "no record-wrapper 'x'; write None or RecordIO"),
    ],
)
def test_an_option_has_a_few_values(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse_channel(text)


def test_records_are_made_for_pipes_alone(tmp_path: Path) -> None:
    wrapped = Channel("train", tmp_path, record_wrapper="RecordIO")
    check_channel(wrapped.with_input_mode("Pipe"))
    with pytest.raises(UserError, match="for Pipe mode alone, and the channel is in FastFile mode"):
        check_channel(wrapped.with_input_mode("FastFile"))
