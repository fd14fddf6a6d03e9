"""The data of a window in S3: the folders of its hours, below an endpoint's captures or elsewhere.

Source: Developer Guide, 'Capture data from real-time endpoint' (ENDPOINT/VARIANT/yyyy/mm/dd/hh),
'Capture data from batch transform job' (manifests) and 'Container Contract Inputs': all data of the
hours that the window touches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from local_test.service.storage.s3 import S3Storage, S3Uri

HOUR = 3600
_FOLDER = "%Y/%m/%d/%H"


@dataclass(frozen=True)
class Window:
    """Times in seconds since 1970; the end is excluded."""

    start: float
    end: float

    def list_hours(self) -> Iterator[str]:
        """Yield the folders of the hours that the window touches, in order."""
        first = int(self.start // HOUR) * HOUR
        last = max(self.end, first + 1)
        hour = first
        while hour < last:
            yield format_hour(hour)
            hour += HOUR


def format_hour(moment: float) -> str:
    """Return the folder of the hour of a time (seconds since 1970): `yyyy/mm/dd/hh` in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime(_FOLDER)


@dataclass(frozen=True)
class WindowData:
    """Objects of S3 in a window, and their path in a container below the folder of the data.

    `form` is the S3DataType: the address is a prefix, or that of a manifest.
    """

    uri: S3Uri
    path: str
    form: str = "S3Prefix"


def list_captures(
    storage: S3Storage, destination: S3Uri, endpoint: str, window: Window
) -> list[WindowData]:
    """Return the folders with an endpoint's captures in a window.

    A path is `ENDPOINT/VARIANT/yyyy/mm/dd/hh`.
    """
    paths = [
        f"{endpoint}/{variant}/{hour}"
        for variant in storage.list_folders(destination.join(endpoint))
        for hour in window.list_hours()
    ]
    return _select_filled(storage, destination, paths)


def list_hours_with_data(storage: S3Storage, root: S3Uri, window: Window) -> list[WindowData]:
    """Return the folders `yyyy/mm/dd/hh` of a window that have objects."""
    return _select_filled(storage, root, list(window.list_hours()))


def list_manifests(storage: S3Storage, root: S3Uri, window: Window) -> list[WindowData]:
    """Return the manifests that transform jobs have written in a window.

    A path is `yyyy/mm/dd/hh/NAME`, without the ending of the manifest's name.
    """
    return [
        WindowData(uri, f"{hour.path}/{name.removesuffix('.json')}", "ManifestFile")
        for hour in list_hours_with_data(storage, root, window)
        for uri, name in storage.list_prefix(S3Uri(hour.uri.bucket, f"{hour.uri.key}/"))
    ]


def _select_filled(storage: S3Storage, root: S3Uri, paths: list[str]) -> list[WindowData]:
    found = [WindowData(root.join(path), path) for path in paths]
    return [data for data in found if storage.has_objects(data.uri)]
