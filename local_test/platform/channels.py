"""Input channels, and their form on the command line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.limits import MAX_CONTENT_TYPE

INPUT_MODES = ("File", "Pipe", "FastFile")
RECORD_IO = "RecordIO"
_TYPE_MARK = ";content-type="
_CHOICES: Mapping[str, Sequence[str]] = {
    "distribution": ("FullyReplicated", "ShardedByS3Key"),
    "input-mode": INPUT_MODES,
    "record-wrapper": ("None", RECORD_IO),
}
_OPTION = re.compile(f";({'|'.join(_CHOICES)})=")
CHANNEL_SYNTAX = "NAME=PATH[;distribution=D][;input-mode=M][;record-wrapper=W][;content-type=T]"


@dataclass(frozen=True)
class Channel:
    """One input channel: a file or a folder of this machine.

    `input_mode` None means the job's input mode.
    """

    name: str
    path: Path
    content_type: str | None = None
    input_mode: str | None = None
    distribution: str = "FullyReplicated"
    record_wrapper: str = "None"

    @property
    def piped(self) -> bool:
        """Whether the container reads it through FIFOs instead of files."""
        return self.input_mode == "Pipe"

    def with_input_mode(self, input_mode: str) -> "Channel":
        """Return the channel with the job's input mode, unless it has its own."""
        return replace(self, input_mode=self.input_mode or input_mode)


def parse_channel(text: str) -> Channel:
    """Parse `NAME=PATH` and its options. Raises UserError when the text has another form."""
    name, equals, rest = text.partition("=")
    rest, type_mark, content_type = rest.partition(_TYPE_MARK)
    path, *options = _OPTION.split(rest)
    if not (equals and name and path) or (type_mark and not content_type):
        raise UserError(f"channel {text!r} is not NAME=PATH or NAME=PATH;content-type=T")
    values = dict(zip(options[::2], options[1::2], strict=True))
    for option, value in values.items():
        if value not in _CHOICES[option]:
            raise UserError(
                f"channel {name!r}: there is no {option} {value!r}",
                f"write {' or '.join(_CHOICES[option])}",
            )
    return Channel(
        name,
        Path(path),
        content_type or None,
        input_mode=values.get("input-mode"),
        distribution=values.get("distribution", "FullyReplicated"),
        record_wrapper=values.get("record-wrapper", "None"),
    )


def check_channel(channel: Channel) -> None:
    """Raise UserError when the path does not exist or SageMaker would reject the channel.

    `channel.input_mode` must be set.
    """
    if not channel.path.exists():
        raise UserError(
            f"channel {channel.name!r}: there is no {channel.path}", "give a file or a folder"
        )
    if len(channel.content_type or "") > MAX_CONTENT_TYPE:
        raise UserError(
            f"channel {channel.name!r}: the content type has more than {MAX_CONTENT_TYPE} "
            "characters"
        )
    if channel.record_wrapper == RECORD_IO and not channel.piped:
        raise UserError(
            f"channel {channel.name!r}: record wrapper RecordIO is for Pipe mode alone, and the "
            f"channel is in {channel.input_mode} mode"
        )
