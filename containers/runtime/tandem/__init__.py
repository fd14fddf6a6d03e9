"""The container's half of the SageMaker contract, shared by every Tandem image."""

from tandem._version import __version__

__all__ = ["__version__"]
