"""Settings of the feature store."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreSettings:
    """Where online records are kept, and when offline records become files.

    `online_url` is the URL of a Redis server, empty for the SQLite file of the state folder. A
    group's records are written `quiet_seconds` after the last one came, at the latest
    `longest_seconds` after the first one, on the service's clock.
    """

    online_url: str = ""
    quiet_seconds: float = 2.0
    longest_seconds: float = 60.0
