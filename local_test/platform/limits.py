"""SageMaker's limits on names, counts and lengths, and checks of them.

Sources: the API's shapes (CreateTrainingJob, CreateModel, CreateTransformJob, InvokeEndpoint).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_test.errors import UserError

MAX_CHANNELS = 20
MAX_CONTENT_TYPE = 256
MAX_HYPERPARAMETERS = 100
MAX_HYPERPARAMETER_NAME = 256
MAX_HYPERPARAMETER_VALUE = 2500
MAX_FAILURE_TEXT = 1024
MAX_ORIGINAL_MESSAGE = 2048
MAX_INSTANCES = 20
"""Most hosts of a job; SageMaker allows more than one machine can run."""
DEFAULT_MAX_INSTANCES = 4
"""Most instances of a variant that are started; SageMaker allows more than one machine can run."""
SERVERLESS_IDLE_SECONDS = 300.0
"""When containers of a serverless variant stop; SageMaker does not publish its own time."""
MAX_RUNTIME_SECONDS = 28 * 24 * 3600
DEFAULT_RUNTIME_SECONDS = 24 * 3600
MAX_TARGET_MODEL = 1024
MIN_PIPELINE, MAX_PIPELINE = 2, 15

TRAINING_GRACE_SECONDS = 120.0
HOSTING_GRACE_SECONDS = 30.0

PING_TIMEOUT_SECONDS = 2.0
PING_WINDOW_SECONDS = 480.0
INVOCATION_SECONDS = 60.0
STREAM_SECONDS = 480.0
"""Longest time, in seconds, until a streamed response is complete; it begins within 60 s."""
MODEL_LOAD_SECONDS = 360.0
"""Longest time, in seconds, to load one model of a multi-model endpoint."""
PAYLOAD_BYTES = 25 * 1024 * 1024
ASYNC_BYTES = 1024**3
ASYNC_SECONDS = 900.0
ASYNC_QUEUE_SECONDS = 21600
"""Default longest wait, in seconds, of a request to an asynchronous endpoint."""
SAFE_PORT_RANGE = "9000-9999"

_CHANNEL = re.compile(r"[A-Za-z0-9.\-_]{1,64}")
_JOB = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True)
class EnvironmentLimit:
    """Most variables of a request, and the most characters of a name and of a value."""

    entries: int
    name: int
    value: int


TRAINING_ENVIRONMENT = EnvironmentLimit(entries=100, name=512, value=512)
HOSTING_ENVIRONMENT = EnvironmentLimit(entries=100, name=1024, value=1024)
PROCESSING_ENVIRONMENT = EnvironmentLimit(entries=100, name=256, value=256)
BATCH_ENVIRONMENT = EnvironmentLimit(entries=16, name=1024, value=10240)


def check_job_name(name: str) -> None:
    """Raise UserError when SageMaker would reject a job name."""
    if not _JOB.fullmatch(name):
        raise UserError(
            f"job name {name!r} is refused",
            "use 1 to 63 letters, digits and hyphens, a letter or digit at both ends",
        )


def check_channels(names: Sequence[str]) -> None:
    """Raise UserError when channel names are malformed, duplicate or too many."""
    if len(names) > MAX_CHANNELS:
        raise UserError(f"{len(names)} channels are given; the service takes up to {MAX_CHANNELS}")
    for name in names:
        if not _CHANNEL.fullmatch(name):
            raise UserError(
                f"channel name {name!r} is refused",
                "use 1 to 64 letters, digits, dots, hyphens and underscores",
            )
        if names.count(name) > 1:
            raise UserError(f"channel {name!r} is given twice; give each channel one path")


def check_hyperparameters(values: Mapping[str, str]) -> None:
    """Raise UserError when hyperparameters are too many or too long."""
    if len(values) > MAX_HYPERPARAMETERS:
        raise UserError(
            f"{len(values)} hyperparameters are given; the service takes up to "
            f"{MAX_HYPERPARAMETERS}"
        )
    for name, value in values.items():
        _check_length(f"hyperparameter name {name!r}", name, MAX_HYPERPARAMETER_NAME)
        _check_length(f"value of hyperparameter {name!r}", value, MAX_HYPERPARAMETER_VALUE)


def check_environment(values: Mapping[str, str], limit: EnvironmentLimit) -> None:
    """Raise UserError when environment variables exceed `limit`."""
    if len(values) > limit.entries:
        raise UserError(
            f"{len(values)} environment variables are given; the service takes up to "
            f"{limit.entries}"
        )
    for name, value in values.items():
        if not _VARIABLE.fullmatch(name):
            raise UserError(
                f"environment variable {name!r} is refused",
                "use letters, digits and underscores, not a digit first",
            )
        _check_length(f"name of environment variable {name!r}", name, limit.name)
        _check_length(f"value of environment variable {name!r}", value, limit.value)


def check_command(entrypoint: Sequence[str], arguments: Sequence[str]) -> None:
    """Raise UserError when no container can be started with this entrypoint and arguments."""
    if entrypoint and not entrypoint[0].strip():
        raise UserError(
            "the first word of the ContainerEntrypoint is empty", "name a program of the image"
        )
    for word in (*entrypoint, *arguments):
        if "\0" in word:
            raise UserError(f"{word!r} of the container's command has a NUL character; remove it")


def check_pipeline_length(count: int) -> None:
    """Raise UserError when a pipeline has too few or too many containers."""
    if not MIN_PIPELINE <= count <= MAX_PIPELINE:
        raise UserError(
            f"a pipeline of {count} is refused; "
            f"the service takes {MIN_PIPELINE} to {MAX_PIPELINE} containers"
        )


def check_instances(count: int) -> None:
    """Raise UserError when a number of hosts is out of range."""
    if not 1 <= count <= MAX_INSTANCES:
        raise UserError(f"{count} hosts are refused; give 1 to {MAX_INSTANCES}")


def check_runtime(seconds: float) -> None:
    """Raise UserError when a maximum running time, in seconds, is out of range."""
    if not 0 < seconds <= MAX_RUNTIME_SECONDS:
        raise UserError(
            f"a maximum running time of {seconds:g} s is refused; "
            f"give 1 to {MAX_RUNTIME_SECONDS} seconds"
        )


def _check_length(what: str, text: str, limit: int) -> None:
    if not text and what.startswith("hyperparameter name"):
        raise UserError("a hyperparameter without a name is refused; write NAME=VALUE")
    if len(text) > limit:
        raise UserError(f"{what} has {len(text)} characters; the service takes up to {limit}")
