"""The release of the local SageMaker."""

from importlib.metadata import version


def read_version() -> str:
    """Return the version of the installed package, such as `0.1.0`."""
    return version("tandem-local")
