"""A training job as the platform describes it in `input/config`, as one frozen typed object.

Schemas: Developer Guide, "How Amazon SageMaker AI Provides Training Information". Keys that only
some callers write are optional here, unknown keys and files are ignored.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from tandem.contract.entry_point import EntryPoint
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.paths import Paths
from tandem.contract.pipe_mode import Pipe
from tandem.contract.run_log import NoRunLog, RunLog
from tandem.contract.sigterm import Stop
from tandem.errors import Location, UserError, join_words
from tandem.io import recordio, streams
from tandem.logs import logger

DEFAULT_CONTENT_TYPE = "text/csv"
_MODE = "TrainingInputMode"
# Files that Spark, Hadoop, Delta Lake and file systems write beside data.
_BESIDE = re.compile(
    r"(^|/)(\.|_SUCCESS|_metadata|_common_metadata|_committed_|_started_|_delta_log/)"
)


@dataclass(frozen=True)
class Channel:
    """One input channel of a job: its folder, or its `pipe`, and its configuration.

    `recordio_wrapped`: each object of a pipe is one RecordIO record. `undeclared`: the job names no
    content type, so the format of a file may be detected by its magic number. `data_columns` are
    read as data even when the files mark them as an index.
    """

    name: str
    path: Path
    content_type: str = DEFAULT_CONTENT_TYPE
    pipe: Pipe | None = None
    recordio_wrapped: bool = False
    undeclared: bool = False
    data_columns: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is no data; one of several hosts may get none of a sharded channel."""
        return (
            self.pipe.empty if self.pipe else not any(p.stat().st_size for p in self._find_files())
        )

    @property
    def is_stream(self) -> bool:
        """Whether the objects are one stream without borders between them."""
        return self.pipe is not None and not self.recordio_wrapped

    def folder(self) -> Path:
        """Return the folder the files are in. Raises UserError when the channel is a pipe."""
        if self.pipe:
            raise UserError(
                f"channel '{self.name}' is in Pipe mode, and its files are needed",
                remedy="Use File or FastFile",
            )
        return self.path

    def files(self) -> list[Path]:
        """Return the channel's files, nested ones too, in sorted order.

        Left out are files and folders that are hidden, and what Spark writes beside its data, as
        `_SUCCESS`: what begins with `.` or `_`. Raises UserError when there is no other file, or
        when the channel is a pipe.
        """
        self.folder()
        paths, left = self._find_files(), self._list_left_out()
        if not paths:
            raise UserError(
                f"channel '{self.name}' holds no file",
                where=Location(file=str(self.path)),
                remedy=f"{left[0]} and other names that begin with '_' or '.' are left out: rename"
                " what is data"
                if left
                else "",
            )
        if left:
            _log_left_out(self.name, tuple(left))
        return paths

    def _find_files(self) -> list[Path]:
        return sorted(
            p for p in self.path.rglob("*") if p.is_file() and not _is_hidden(p, self.path)
        )

    def _list_left_out(self) -> list[str]:
        """Return the names of files that are left out though not empty, without Spark's own."""
        hidden = (p for p in self.path.rglob("*") if p.is_file() and _is_hidden(p, self.path))
        names = (p.relative_to(self.path).as_posix() for p in hidden if p.stat().st_size)
        return sorted(name for name in names if _BESIDE.search(name) is None)

    def open_streams(self) -> Generator[tuple[str, BinaryIO], None, None]:
        """Yield the name, for error messages, and the stream of each object of the channel.

        Streams compressed by gzip are decompressed. A pipe is one object, `<channel>_<epoch>`, and
        each call opens the next epoch. Raises UserError when there is nothing to read.
        """
        if self.pipe is None:
            for path in self.files():
                with path.open("rb") as stream:
                    name = f"{self.name}/{path.relative_to(self.path)}"
                    yield name, streams.decompress(stream, name)
            return
        name, pipe = self.pipe.open_epoch()
        with pipe:
            if not self.recordio_wrapped:
                yield name, streams.decompress(pipe, name)
                return
            for index, (record, _) in enumerate(recordio.read_records(pipe, name)):
                named = f"{name}, object {index + 1}"
                yield named, streams.decompress(io.BufferedReader(io.BytesIO(record)), named)

    def read_contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the whole content of each object of the channel."""
        for name, stream in self.open_streams():
            yield name, stream.read()


@dataclass(frozen=True)
class Job:
    """The argument of a `train` function: the job's hyperparameters, channels, paths and hosts.

    `checkpoints` is the folder for checkpoints, if the job keeps any. `user_code` is the user's
    code in algorithms that accept some; it has a name only when the entry point is a recipe.
    `unpacked_limit` is the largest unpacked size of an archive in bytes, None for the default.
    `model_format` is the form of the model file, where an image has several. `run_log` records the
    training on a tracking server, if the job names one.
    """

    hyperparameters: HyperparameterValues
    channels: Mapping[str, Channel]
    paths: Paths
    hosts: tuple[str, ...] = ("algo-1",)
    current_host: str = "algo-1"
    stop: Stop = field(default_factory=Stop)
    checkpoints: Path | None = None
    user_code: EntryPoint = field(default_factory=EntryPoint)
    unpacked_limit: int | None = None
    model_format: str = ""
    run_log: RunLog = field(default_factory=NoRunLog)

    @property
    def model_dir(self) -> Path:
        """The folder of the model artifact."""
        return self.paths.model

    def channel(self, *names: str) -> Channel:
        """Return the channel with one of these names. Raises UserError when there is none."""
        channel = self.optional_channel(*names)
        if channel is None:
            there = join_words(sorted(self.channels)) or "none"
            raise UserError(
                f"there is no channel {' or '.join(repr(name) for name in names)}",
                remedy=f"The job's channels: {there}",
            )
        return channel

    def optional_channel(self, *names: str) -> Channel | None:
        """Return the channel with one of these names, or None. Raises UserError when two exist."""
        channels = [self.channels[name] for name in names if name in self.channels]
        if len(channels) > 1:
            raise UserError(
                f"channels {join_words([c.name for c in channels])} are two names of one input"
            )
        return channels[0] if channels else None


def read_hyperparameter_texts(paths: Paths) -> dict[str, str]:
    """Read hyperparameters.json, every value as text; a missing file is an empty one."""
    raw = read_json_object(paths.config / "hyperparameters.json")
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in raw.items()}


def read(paths: Paths, hyperparameters: HyperparameterValues, stop: Stop) -> Job:
    """Read the job's configuration. Raises UserError when a file is not what it should be."""
    resources = read_json_object(paths.config / "resourceconfig.json")
    host = str(resources.get("current_host", "algo-1"))
    return Job(
        hyperparameters=hyperparameters,
        channels=_read_channels(paths, stop),
        paths=paths,
        hosts=tuple(sorted(resources.get("hosts", [host]))),
        current_host=host,
        stop=stop,
        checkpoints=_find_checkpoints(paths),
    )


def _find_checkpoints(paths: Paths) -> Path | None:
    named = read_json_object(paths.config / "checkpointconfig.json").get("LocalPath")
    folder = paths.local(str(named)) if named else paths.checkpoints
    return folder if folder.is_dir() else None


def _read_channels(paths: Paths, stop: Stop) -> dict[str, Channel]:
    definitions = read_json_object(paths.config / "inputdataconfig.json")
    return {
        name: Channel(
            name=name,
            path=paths.data / name,
            content_type=config.get("ContentType") or DEFAULT_CONTENT_TYPE,
            pipe=Pipe(paths.data / name, stop) if config.get(_MODE) == "Pipe" else None,
            recordio_wrapped=config.get("RecordWrapperType") == "RecordIO",
            undeclared=not config.get("ContentType"),
        )
        for name, config in definitions.items()
    }


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object; a missing file is an empty one. Raises UserError for anything else."""
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError("is not valid JSON", where=Location(file=str(path))) from error
    if not isinstance(value, dict):
        raise UserError("must hold a JSON object", where=Location(file=str(path)))
    return value


def _is_hidden(path: Path, root: Path) -> bool:
    # A folder `_key=value` holds a part of the data, as Spark and Hive write them.
    parts = path.relative_to(root).parts
    return any(p.startswith(".") or (p.startswith("_") and "=" not in p) for p in parts)


@lru_cache(64)  # a channel is listed several times, and logs it once
def _log_left_out(channel: str, names: tuple[str, ...]) -> None:
    logger.warning(
        "channel %s: %s left out, as names that begin with '_' or '.' are",
        channel,
        f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files are",
    )
