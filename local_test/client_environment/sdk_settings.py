"""Settings of the SageMaker Python SDK, which replace those of the user and of the machine.

Source: SageMaker Python SDK, "Configuring and using defaults".
"""

from pathlib import Path

_TELEMETRY = """\
# For the SageMaker Python SDK: no telemetry.
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
"""
_BUCKET = """\
      # A default bucket: without it the SDK calls STS at an address of AWS.
      Session:
        DefaultS3Bucket: {bucket}
"""


def format_sdk_settings(bucket: str = "") -> str:
    """Return the settings as YAML, with a default bucket if one is given."""
    return _TELEMETRY + (_BUCKET.format(bucket=bucket) if bucket else "")


def write_sdk_settings(path: Path, bucket: str = "") -> Path:
    """Write the settings, with a default bucket if one is given; return the absolute path."""
    path.write_text(format_sdk_settings(bucket), encoding="utf-8")
    return path.absolute()
