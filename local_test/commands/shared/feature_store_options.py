"""Options of the feature store."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from urllib.parse import urlsplit

from local_test.commands.shared.options import parse_seconds
from local_test.service.feature_store.store_settings import StoreSettings

_SCHEMES = ("redis", "rediss", "unix")
_DEFAULT = StoreSettings()


def add_feature_store(parser: ArgumentParser) -> None:
    """Add `--online-store`, `--offline-delay` and `--offline-max-delay`."""
    parser.add_argument(
        "--online-store",
        type=parse_online_store,
        metavar="URL",
        help="Redis server that keeps online records of feature groups, such as "
        "redis://127.0.0.1:6379/0 (default: a SQLite file of the --state folder)",
    )
    parser.add_argument(
        "--offline-delay",
        type=parse_seconds,
        default=_DEFAULT.quiet_seconds,
        metavar="SECONDS",
        help="write offline records to S3 when none came for this time (default: %(default)s)",
    )
    parser.add_argument(
        "--offline-max-delay",
        type=parse_seconds,
        default=_DEFAULT.longest_seconds,
        metavar="SECONDS",
        help="longest time until offline records are written to S3 (default: %(default)s)",
    )


def read_store_settings(args: Namespace) -> StoreSettings:
    """Return the settings of the options."""
    return StoreSettings(args.online_store or "", args.offline_delay, args.offline_max_delay)


def parse_online_store(text: str) -> str:
    """Return the URL of a Redis server. Raises ArgumentTypeError for any other text."""
    if urlsplit(text).scheme not in _SCHEMES:
        raise ArgumentTypeError(f"invalid URL: {text!r}. Write redis://HOST:PORT/DATABASE.")
    return text
