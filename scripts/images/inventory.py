"""Reads what is installed in an image without running it, so for any processor."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from fnmatch import fnmatch
from typing import Any, cast

import docker

DISTRIBUTIONS = "*/*-packages/*.dist-info/METADATA"
DEBIAN = "var/lib/dpkg/status"
SYSTEM = "usr/lib/os-release"
LONGEST_LICENCE = 100


@dataclass
class Contents:
    """The metadata of the Python distributions and Debian packages, and the system's own words."""

    distributions: list[Message] = field(default_factory=list)
    debian: list[Message] = field(default_factory=list)
    system: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def read_contents(client: docker.DockerClient, image: str) -> Contents:
    """Read an image's files out of a container that never starts."""
    container = client.containers.create(image, ["nothing"])
    try:
        found = Contents(environment=_pairs(container.attrs["Config"]["Env"] or []))
        # The engine's types call the chunks a string; they are bytes.
        stream = io.BufferedReader(_Chunks(cast("Iterator[bytes]", container.export())))
        with tarfile.open(fileobj=stream, mode="r|") as files:
            for path, text in _texts(files):
                _note(found, path, text)
    finally:
        container.remove()
    return found


def find_licence(distribution: Message) -> str | None:
    """Find a distribution's licence: an SPDX expression where it has one."""
    named = distribution.get("License-Expression") or distribution.get("License") or ""
    if named and len(named) <= LONGEST_LICENCE and "\n" not in named:
        return named
    for classifier in distribution.get_all("Classifier") or []:
        if classifier.startswith("License :: OSI Approved :: "):
            return classifier.rsplit(" :: ", 1)[1]
    return None


def _texts(files: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    for file in files:
        if file.name in {DEBIAN, SYSTEM} or fnmatch(file.name, DISTRIBUTIONS):
            content = files.extractfile(file)
            if content is not None:
                yield file.name, content.read().decode()


def _note(found: Contents, path: str, text: str) -> None:
    if path == SYSTEM:
        found.system = _pairs(line for line in text.splitlines() if "=" in line)
    elif path == DEBIAN:
        packages = (Parser().parsestr(paragraph) for paragraph in text.split("\n\n"))
        found.debian = [one for one in packages if one.get("Status", "").endswith(" installed")]
    else:
        found.distributions.append(Parser().parsestr(text, headersonly=True))


def _pairs(lines: Any) -> dict[str, str]:
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


class _Chunks(io.RawIOBase):
    """A stream of chunks as the file that tarfile reads from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what is left of a chunk, or with the next one; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
