"""The local image that runs for an image URI, and what its users must know of a stand-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from local_test.engines import LogSink
from local_test.service.images.image_map import MapEntry
from local_test.service.images.image_uri import parse_ecr_image

_RELEASE = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True)
class LocalImage:
    """An image of an engine: `name` is the engine's, `uri` that of the request.

    `entry` is the map's entry if the image stands in for another one, and `libraries` are the
    versions in it by name, empty if unknown.
    """

    name: str
    uri: str
    entry: MapEntry | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that a stand-in's containers need."""
        return {} if self.entry is None else self.entry.environment

    def list_notices(self) -> list[str]:
        """Return what to log of a stand-in: its name and libraries, and a version that differs."""
        if self.entry is None:
            return []
        versions = [f"{name} {version}" for name, version in self.libraries.items()]
        has = ", ".join(versions) or "library versions unknown"
        without = f"; it has no {self.entry.lacks}" if self.entry.lacks else ""
        notices = [f"image {self.entry.image} stands in for {self.uri} ({has}){without}"]
        if warning := self._compare_versions(self.entry):
            notices.append(warning)
        return notices

    def log_notices(self, sink: LogSink, container: str = "algo-1") -> None:
        """Write the notices to a container's log."""
        for notice in self.list_notices():
            sink(container, notice)

    def _compare_versions(self, entry: MapEntry) -> str:
        """Return a warning if the image URI names another version than the one that runs."""
        wanted = entry.version or _read_release(self.uri)
        found = self.libraries.get(entry.library, "")
        if not entry.library or not wanted or is_release_of(found, wanted):
            return ""
        return (
            f"warning: the image URI names {entry.library} {wanted}, and "
            f"{entry.library} {found or 'of an unknown version'} runs here"
        )


def is_release_of(version: str, release: str) -> bool:
    """Return whether a version is of a release, as 3.2.1 is of 3.2 and of 3."""
    parts = release.split(".")
    return version.split(".")[: len(parts)] == parts


def _read_release(uri: str) -> str:
    """Return the library's release in a tag such as `1.0-1-cpu-py3`, "" if there is none.

    Amazon's tags are the release, a dash and the number of its image.
    """
    image = parse_ecr_image(uri)
    found = _RELEASE.match(image.tag) if image else None
    return found[0] if found else ""
