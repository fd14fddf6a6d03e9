"""The platform's side of Pipe mode: a channel's objects written into FIFOs, one an epoch.

Source: Developer Guide, 'How Amazon SageMaker AI Provides Training Information'. A FIFO is written
when the container opens it, and the next one exists from then on; one that is never opened blocks
nothing.
"""

import errno
import os
import select
import stat
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local_test.engines.protocol import LogSink
from local_test.jobs.host_trees import Host
from local_test.jobs.training_job import TrainingJob
from local_test.platform.channel_data import list_share
from local_test.platform.channels import RECORD_IO, Channel

_POLL_SECONDS = 0.05
_BLOCK = 1 << 20
_RECORD = struct.Struct("<II")
_MAGIC = 0xCED7230A


@contextmanager
def feed_pipes(
    job: TrainingJob, hosts: Sequence[Host], logs: LogSink
) -> Iterator[list["PipeFeeder"]]:
    """Start the threads that write the FIFOs of all hosts; stop them at the end."""
    feeders = [
        PipeFeeder(channel, host, list_share(channel, index, len(hosts)), logs)
        for index, host in enumerate(hosts)
        for channel in job.inputs
        if channel.piped
    ]
    for feeder in feeders:
        feeder.start()
    try:
        yield feeders
    finally:
        for feeder in feeders:
            feeder.stopping.set()
        for feeder in feeders:
            feeder.join()


class PipeFeeder(threading.Thread):
    """Thread that writes one channel of one host; `epochs` counts the FIFOs that were opened."""

    def __init__(
        self, channel: Channel, host: Host, objects: Sequence[tuple[str, Path]], logs: LogSink
    ) -> None:
        super().__init__(name=f"pipe-{channel.name}")
        self.channel = channel
        self.host = host
        self.epochs = 0
        self.stopping = threading.Event()
        self._objects = objects
        self._logs = logs
        _make_fifo(self._path)

    def run(self) -> None:
        """Write one FIFO after another until the job ends."""
        while (descriptor := self._open_fifo()) is not None:
            self.epochs += 1
            _make_fifo(self._path)
            try:
                self._send(descriptor)
            except BrokenPipeError:
                continue  # the container has read enough
            except OSError as error:
                self._logs(self.host.name, f"channel {self.channel.name}: {error}")
            finally:
                os.close(descriptor)

    @property
    def _path(self) -> Path:
        return self.host.tree.data / f"{self.channel.name}_{self.epochs}"

    def _open_fifo(self) -> int | None:
        while not self.stopping.wait(_POLL_SECONDS):
            try:
                return os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody reads yet
                    raise
        return None

    def _send(self, descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        for block in self._read_blocks():
            left = memoryview(block)
            while left:
                while not poll.poll(_POLL_SECONDS * 1000):
                    if self.stopping.is_set():
                        return
                left = left[os.write(descriptor, left) :]

    def _read_blocks(self) -> Iterator[bytes]:
        for _, path in self._objects:
            with path.open("rb") as source:
                size = os.fstat(source.fileno()).st_size
                if self.channel.record_wrapper == RECORD_IO:
                    yield _RECORD.pack(_MAGIC, size)
                while block := source.read(_BLOCK):
                    yield block
                if self.channel.record_wrapper == RECORD_IO:
                    yield b"\0" * (-size % 4)


def _make_fifo(path: Path) -> None:
    # An engine may have taken away the right to write into the folder, from us as well.
    folder = path.parent
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(mode | stat.S_IWUSR)
    os.mkfifo(path, 0o644)
    folder.chmod(mode)
