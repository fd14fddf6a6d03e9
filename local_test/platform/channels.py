"""Input channels: what the caller names, and how it is laid under `/opt/ml/input/data`."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.limits import MAX_CONTENT_TYPE
from local_test.platform.tree import Tree

_TYPE_MARK = ";content-type="
_DISTRIBUTION_MARK = ";distribution="
_DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")


@dataclass(frozen=True)
class Channel:
    """One input channel: a file or a folder the container finds under the channel's name."""

    name: str
    path: Path
    content_type: str | None = None
    input_mode: str = "File"
    distribution: str = "FullyReplicated"
    record_wrapper: str = "None"


def parse_channel(text: str) -> Channel:
    """Read `NAME=PATH[;distribution=D][;content-type=T]`; anything else is a UserError."""
    name, found, rest = text.partition("=")
    rest, typed, content_type = rest.partition(_TYPE_MARK)
    path, spread, distribution = rest.partition(_DISTRIBUTION_MARK)
    if not (found and name and path) or (typed and not content_type):
        raise UserError(f"channel {text!r} is not NAME=PATH or NAME=PATH;content-type=T")
    if spread and distribution not in _DISTRIBUTIONS:
        raise UserError(
            f"channel {name!r}: there is no distribution {distribution!r}",
            f"write {' or '.join(_DISTRIBUTIONS)}",
        )
    return Channel(
        name, Path(path), content_type or None, distribution=distribution or _DISTRIBUTIONS[0]
    )


def check_channel(channel: Channel) -> None:
    """Refuse a channel whose path is not there or whose content type is too long (UserError)."""
    if not channel.path.exists():
        raise UserError(
            f"channel {channel.name!r}: there is no {channel.path}", "give a file or a folder"
        )
    if len(channel.content_type or "") > MAX_CONTENT_TYPE:
        raise UserError(
            f"channel {channel.name!r}: the content type has more than {MAX_CONTENT_TYPE} "
            "characters"
        )


def stage(channel: Channel, tree: Tree, host: int = 0, hosts: int = 1) -> None:
    """Copy a channel's data into a host's tree, as File mode downloads it before the start.

    A sharded channel gives each host every `hosts`-th file, some hosts none where there are fewer.
    Links are followed, as an upload to S3 follows them. What cannot be copied is a UserError.
    """
    target = tree.data / channel.name
    try:
        if channel.path.is_dir():
            shutil.copytree(channel.path, target, copy_function=shutil.copyfile)
        else:
            target.mkdir()
            shutil.copyfile(channel.path, target / channel.path.name)
        if channel.distribution == "ShardedByS3Key":
            _keep_share(target, host, hosts)
    except (OSError, shutil.Error) as error:
        raise UserError(
            f"channel {channel.name!r}: {channel.path} cannot be copied: {_cause(error)}"
        ) from error


def _keep_share(target: Path, host: int, hosts: int) -> None:
    files = sorted(path for path in target.rglob("*") if path.is_file())
    for index, path in enumerate(files):
        if index % hosts != host:
            path.unlink()


def _cause(error: OSError) -> str:
    if isinstance(error, shutil.Error):
        source, _, reason = error.args[0][0]
        return f"{source}: {reason}"
    return f"{error.filename}: {error.strerror}" if error.strerror else str(error)
