"""Arrays to bodies: JSON, CSV, NPY."""

from tandem.script.encoders import encode

__all__ = ["encode"]
