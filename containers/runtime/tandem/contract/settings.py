"""Every environment variable an image reads: name, kind, default, unit and one sentence.

This is the only module that reads the environment: once, into a frozen object.
To add a setting, add one field to `Settings`; `serve --help` and the documentation follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tandem.contract import value_types
from tandem.contract.value_types import Kind
from tandem.errors import UserError

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Setting:
    """The description of one environment variable."""

    variable: str
    kind: Kind[Any]
    unit: str
    sentence: str


def _setting(variable: str, kind: Kind[Any], default: object, sentence: str, unit: str = "") -> Any:
    description = Setting(variable, kind, unit, sentence)
    return field(default=default, metadata={"setting": description})


@dataclass(frozen=True)
class Settings:
    """The typed values of the environment variables; unset variables have the defaults."""

    base_dir: Path = _setting(
        "SAGEMAKER_BASE_DIR", value_types.folder(), Path("/opt/ml"), "Root of the platform's tree."
    )
    port: int = _setting(
        "SAGEMAKER_BIND_TO_PORT",
        value_types.whole(1, 65535),
        8080,
        "Port the server listens on; the platform sets it in a pipeline.",
    )
    address: str = _setting(
        "TANDEM_BIND_ADDRESS",
        value_types.text(),
        "0.0.0.0",  # noqa: S104 - the contract's address
        "Address the server listens on.",
    )
    workers: int | None = _setting(
        "SAGEMAKER_MODEL_SERVER_WORKERS",
        value_types.optional(value_types.whole(1, 512)),
        None,
        "Worker processes; by default from the CPU quota and the memory limit.",
    )
    threads: int = _setting(
        "TANDEM_THREADS",
        value_types.whole(1, 64),
        4,
        "Requests a worker computes at a time beside the small ones, which its loop answers; each"
        " prediction itself uses one thread.",
    )
    timeout: int = _setting(
        "SAGEMAKER_MODEL_SERVER_TIMEOUT",
        value_types.whole(1, 3600),
        60,
        "Time after which a silent worker is replaced.",
        "seconds",
    )
    max_content_length: int = _setting(
        "MAX_CONTENT_LENGTH",
        value_types.whole(1),
        25 * MEGABYTE,
        "Largest request body outside batch transform.",
        "bytes",
    )
    batch: bool = _setting(
        "SAGEMAKER_BATCH",
        value_types.flag(),
        False,
        "Whether a batch transform job runs this server: bodies may be as large as the job says,"
        " 100 MB where it does not. Answers are those of an endpoint.",
    )
    batch_payload: int | None = _setting(
        "SAGEMAKER_MAX_PAYLOAD_IN_MB",
        value_types.optional(value_types.whole(0, 100)),
        None,
        "Largest body of a batch transform job; 0 lifts the limit.",
        "MB",
    )
    multi_model: bool = _setting(
        "SAGEMAKER_MULTI_MODEL",
        value_types.flag(),
        False,
        "Whether models are loaded and unloaded on request, as on a multi-model endpoint.",
    )
    models_memory: int | None = _setting(
        "TANDEM_MODELS_MEMORY_MB",
        value_types.optional(value_types.whole(1)),
        None,
        "Memory a multi-model server may use; by default nine tenths of the container's limit.",
        "MB",
    )
    default_accept: str | None = _setting(
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        value_types.optional(value_types.text()),
        None,
        "Content type of the answer when the request has no Accept or accepts anything; by default"
        " text/csv, application/x-npy for features in an endpoint of several containers, and"
        " application/json in script mode.",
    )
    safe_ports: str | None = _setting(
        "SAGEMAKER_SAFE_PORT_RANGE",
        value_types.optional(value_types.text()),
        None,
        "Set by the platform in an endpoint of several containers, which is how one knows of it.",
    )
    program: str = _setting(
        "SAGEMAKER_PROGRAM",
        value_types.text(),
        "",
        "Script mode: the entry point, a path inside of the code's folder.",
    )
    submit_directory: str = _setting(
        "SAGEMAKER_SUBMIT_DIRECTORY",
        value_types.text(),
        "",
        "Script mode: where the code is, a folder, a .tar.gz or its address in S3; by default the"
        " channel or the artifact's folder 'code'.",
    )
    allow_artifact_code: bool = _setting(
        "TANDEM_ALLOW_ARTIFACT_CODE",
        value_types.flag(),
        True,
        "Whether a model artifact may bring code that runs: a script, transformers of a recipe, and"
        " their requirements.txt; false refuses to load one that does.",
    )
    max_unpacked: int | None = _setting(
        "TANDEM_MAX_UNPACKED_MB",
        value_types.optional(value_types.whole(1, 512 * 1024)),
        None,
        "Largest content of an archive: sourcedir.tar.gz, or model.tar.gz in a channel. By default"
        " 100 times the archive's own size, at least 256 MB and at most 30 GB.",
        "MB",
    )
    model_format: str = _setting(
        "TANDEM_MODEL_FORMAT",
        value_types.choice("ubjson", "pickle"),
        "ubjson",
        "Form of the file xgboost-model that training writes: pickle is what Amazon's images before"
        " XGBoost 1.3 wrote, a Booster for pickle.load (xgboost).",
    )
    outputs: tuple[str, ...] = _setting(
        "SAGEMAKER_INFERENCE_OUTPUT",
        value_types.words(),
        (),
        "Named outputs every answer holds, where the request asks for none; a,b.",
    )
    ensemble: bool = _setting(
        "SAGEMAKER_INFERENCE_ENSEMBLE",
        value_types.flag(),
        True,
        "Whether the models of all folds answer together; false leaves the first alone (xgboost).",
    )
    stage: str = _setting(
        "TANDEM_STAGE",
        value_types.text(),
        "",
        "Part of a pipeline this container plays beside its image's own: of the preprocessor,"
        " inverse converts predictions back to the target's original units.",
    )
    label: str = _setting(
        "TANDEM_LABEL",
        value_types.choice("keep", "drop"),
        "keep",
        "How the label of a record is handled: keep returns it first, as training data need it;"
        " drop leaves it out, as the next container of a pipeline needs it.",
    )
    server_timing: bool = _setting(
        "TANDEM_SERVER_TIMING",
        value_types.flag(),
        True,
        "Whether each answer says in the header Server-Timing what its stages took, in"
        " milliseconds: decode, predict or transform or script, encode.",
    )
    metrics: str = _setting(
        "TANDEM_METRICS",
        value_types.choice("off", "emf", "prometheus"),
        "off",
        "How the times of the stages are reported: emf logs them once a minute per worker, from"
        " which CloudWatch makes metrics in the namespace Tandem; prometheus returns them, the"
        " requests by status and their unusual values from GET /metrics.",
    )
    tracking_uri: str = _setting(
        "MLFLOW_TRACKING_URI",
        value_types.text(),
        "",
        "MLflow server that a training is recorded on: http(s), or an ARN of SageMaker's.",
    )
    tracking_seconds: int = _setting(
        "TANDEM_TRACKING_SECONDS",
        value_types.whole(1, 3600),
        60,
        "Longest time that the end of a training waits for the MLflow server.",
        "seconds",
    )
    log_level: str = _setting(
        "SAGEMAKER_CONTAINER_LOG_LEVEL",
        value_types.choice("10", "20", "30", "40", "50"),
        "20",
        "Lowest level that is logged: 10 debug, 20 info, 30 warning, 40 error.",
    )

    @property
    def in_pipeline(self) -> bool:
        """Whether the server is one of several containers of an inference pipeline."""
        return self.safe_ports is not None

    def archive_limit(self) -> int | None:
        """Return the largest content of an archive in bytes, or None for the default."""
        return self.max_unpacked * MEGABYTE if self.max_unpacked else None

    def payload_limit(self) -> int | None:
        """Return the largest request body in bytes, or None where there is no limit."""
        if not self.batch:
            return self.max_content_length
        megabytes = 100 if self.batch_payload is None else self.batch_payload
        return max(megabytes * MEGABYTE, self.max_content_length) if megabytes else None


def list_settings() -> Iterator[tuple[str, Setting, object]]:
    """Return every setting as (field name, description, default), in the order of the fields."""
    for item in fields(Settings):
        yield item.name, item.metadata["setting"], item.default


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Parse the environment. Raises UserError when a variable's text is not of its kind."""
    source = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for name, setting, _ in list_settings():
        text = source.get(setting.variable, "")
        if text:
            values[name] = _parse(setting, text)
    return Settings(**values)


def copy_environment() -> dict[str, str]:
    """Return a copy of the whole environment, for a user's program that is started."""
    return dict(os.environ)


def read_aws_variables() -> dict[str, str]:
    """Return the variables of the AWS SDKs: region, addresses and credentials."""
    return {name: text for name, text in os.environ.items() if name.startswith("AWS_") and text}


def read_mlflow_variables() -> dict[str, str]:
    """Return the variables of MLflow's clients, and those that identify the job."""
    names = ("MLFLOW_", "SAGEMAKER_MLFLOW_", "TRAINING_JOB_")
    return {name: text for name, text in os.environ.items() if name.startswith(names) and text}


def limit_to_one_thread() -> None:
    """Make numerical libraries that are loaded later use one thread, unless OMP_NUM_THREADS is set.

    GNU's OpenMP does not survive a fork once it has started threads.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def let_threads_sleep() -> None:
    """Let waiting OpenMP threads sleep, in libraries that are loaded later.

    Spinning threads block those they wait for when there are fewer processors than threads:
    beside other work, under a CPU quota, or beside the threads that read matrices from files.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@contextmanager
def let_blas_threads_sleep() -> Iterator[None]:
    """Context manager: let idle threads of OpenBLAS, loaded inside, sleep at once.

    It reads the variable when it is loaded (source: OpenBLAS, "Runtime variables"). Programs that
    this one starts do not get it.
    """
    if "OPENBLAS_THREAD_TIMEOUT" in os.environ:
        yield
        return
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "4"  # 2^4 cycles, the least it takes
    try:
        yield
    finally:
        del os.environ["OPENBLAS_THREAD_TIMEOUT"]


def tune_c_library(tunable: str) -> dict[str, str] | None:
    """Return the environment that sets a tunable of glibc for a program; None where one is set.

    Where `tunable` is set it has had its effect on this program, and is taken away: programs that
    this one starts get none.
    """
    text = os.environ.get("GLIBC_TUNABLES")
    if text == tunable:
        del os.environ["GLIBC_TUNABLES"]
    return None if text else {**os.environ, "GLIBC_TUNABLES": tunable}


def _parse(setting: Setting, text: str) -> object:
    try:
        return setting.kind.parse(text)
    except ValueError as error:
        raise UserError(
            f"environment variable {setting.variable} must be a {setting.kind.name}",
            remedy=f"It is set to {text[:60]!r}",
        ) from error
