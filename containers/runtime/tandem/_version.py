"""The one place that holds the version of the images and of every package here."""

__version__ = "0.1.0"
