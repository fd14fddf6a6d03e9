"""A channel's data: copied below `/opt/ml/input/data`, or listed for Pipe mode."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.channels import Channel
from local_test.platform.opt_ml_tree import OptMlTree


def copy_channel(channel: Channel, tree: OptMlTree, host: int = 0, hosts: int = 1) -> None:
    """Copy a host's share of a channel into its tree, as File mode does before the start.

    FastFile mode is laid out the same way: the container sees the same read-only files; only
    SageMaker streams them. Raises UserError when a file cannot be copied.
    """
    target = tree.data / channel.name
    target.mkdir()
    copy_share(channel, target, host, hosts)


def copy_share(channel: Channel, target: Path, host: int = 0, hosts: int = 1) -> None:
    """Copy a host's share of a channel. Raises UserError when a file cannot be copied."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        for key, source in list_share(channel, host, hosts):
            path = target / key
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
    except OSError as error:
        raise _make_error(channel, error, "copied") from error


def list_share(channel: Channel, host: int = 0, hosts: int = 1) -> list[tuple[str, Path]]:
    """Return the (key, file) pairs of a host, sorted by key.

    A sharded channel gives host `host` every `hosts`-th object; with fewer objects than hosts some
    get none. Links are followed, as an upload to S3 does. Raises UserError when the channel cannot
    be listed.
    """
    try:
        objects = sorted(_list_objects(channel.path))
    except OSError as error:
        raise _make_error(channel, error, "read") from error
    return objects[host::hosts] if channel.distribution == "ShardedByS3Key" else objects


def _list_objects(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        yield path.name, path
        return
    for folder, _, names in os.walk(path, followlinks=True, onerror=_raise):
        for name in names:
            file = Path(folder) / name
            file.stat()  # a link that leads nowhere is found out now
            yield file.relative_to(path).as_posix(), file


def _raise(error: OSError) -> None:
    raise error


def _make_error(channel: Channel, error: OSError, verb: str) -> UserError:
    cause = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
    return UserError(f"channel {channel.name!r}: {channel.path} cannot be {verb}: {cause}")
