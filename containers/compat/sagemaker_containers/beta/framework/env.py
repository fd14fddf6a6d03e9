"""The paths of the container, and the properties of the job or the endpoint."""

from __future__ import annotations

import math
from typing import Any

from sagemaker_training.environment import Environment
from tandem.contract import settings
from tandem.contract.paths import Paths
from tandem.contract.training_job import read_hyperparameter_texts, read_json_object
from tandem.machine.cgroup import cpu_quota
from tandem.script import script_arguments

__all__ = [
    "ServingEnv",
    "TrainingEnv",
    "channel_path",
    "code_dir",
    "input_config_dir",
    "input_dir",
    "model_dir",
    "num_cpus",
    "output_data_dir",
    "output_dir",
    "read_hyperparameters",
    "read_input_data_config",
    "read_resource_config",
]

_PATHS = Paths(settings.read().base_dir)

TrainingEnv = Environment

code_dir = str(_PATHS.code)
model_dir = str(_PATHS.model)
input_dir = str(_PATHS.config.parent)
input_config_dir = str(_PATHS.config)
output_dir = str(_PATHS.output_data.parent)
output_data_dir = str(_PATHS.output_data)


def channel_path(channel: str) -> str:
    """Return the folder of a channel."""
    return str(_PATHS.data / channel)


def num_cpus() -> int:
    """Return the processors the container may use."""
    return math.ceil(cpu_quota())


def read_hyperparameters() -> dict[str, Any]:
    """Return all hyperparameters of the job, decoded."""
    return script_arguments.decode_all(read_hyperparameter_texts(_PATHS))


def read_resource_config() -> dict[str, Any]:
    """Return the configuration of the hosts."""
    return read_json_object(_PATHS.config / "resourceconfig.json")


def read_input_data_config() -> dict[str, Any]:
    """Return the configuration of the channels."""
    return read_json_object(_PATHS.config / "inputdataconfig.json")


class ServingEnv:
    """The properties of an endpoint, from its environment variables."""

    def __init__(self) -> None:
        values = settings.read()
        self.module_name = values.program.removesuffix(".py")
        self.module_dir = values.submit_directory or str(_PATHS.model / "code")
        self.model_dir = model_dir
        self.default_accept = values.default_accept or "application/json"
        self.http_port = str(values.port)
        self.model_server_timeout = values.timeout
        self.model_server_workers = values.workers or num_cpus()
        self.num_cpus = num_cpus()
        self.log_level = int(values.log_level)
