"""The variables `SM_*` that describe a job to its training script.

(Training Toolkit, `environment.py`: names and spelling.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.contract.entry_point import PROGRAM, SUBMIT_DIRECTORY, EntryPoint
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings, copy_environment
from tandem.contract.training_job import read_hyperparameter_texts, read_json_object
from tandem.machine.cgroup import cpu_quota
from tandem.script import script_arguments

_GROUP = "homogeneousCluster"
_LOG_LEVEL = 20
_DEVICES = Path("/dev")


@dataclass(frozen=True)
class Environment:
    """A job's properties under the names of the Training Toolkit, in `values`."""

    values: Mapping[str, Any]

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """The hyperparameters of the script itself, decoded."""
        own: Mapping[str, Any] = self.values["hyperparameters"]
        return own

    def to_cmd_args(self) -> list[str]:
        """Return the arguments that the script is started with."""
        return script_arguments.format_command_line(self.hyperparameters)

    def to_env_vars(self) -> dict[str, str]:
        """Return the environment variables that the script is started with."""
        values = self.values
        named = {name: values[name] for name in _VARIABLES}
        channels = values["channel_input_dirs"]
        variables = named | {
            "hps": self.hyperparameters,
            "channels": sorted(channels),
            "framework_params": values["additional_framework_parameters"],
            "training_env": dict(values),
            "user_args": self.to_cmd_args(),
        }
        variables |= {f"channel_{name}": path for name, path in channels.items()}
        variables |= {f"hp_{name}": value for name, value in self.hyperparameters.items()}
        return script_arguments.format_variables(variables)


_VARIABLES = (
    "hosts",
    "network_interface_name",
    "user_entry_point",
    "resource_config",
    "input_data_config",
    "output_data_dir",
    "current_host",
    "current_instance_type",
    "current_instance_group",
    "current_instance_group_hosts",
    "instance_groups",
    "instance_groups_dict",
    "distribution_instance_groups",
    "is_hetero",
    "module_name",
    "log_level",
    "framework_module",
    "input_dir",
    "input_config_dir",
    "output_dir",
    "num_cpus",
    "num_gpus",
    "num_neurons",
    "model_dir",
    "module_dir",
    "output_intermediate_dir",
    "topology",
)


def read(paths: Paths, settings: Settings) -> Environment:
    """Read the job's configuration. Raises UserError when a file is invalid."""
    hyperparameters = script_arguments.decode_all(read_hyperparameter_texts(paths))
    resources = read_json_object(paths.config / "resourceconfig.json")
    inputs = read_json_object(paths.config / "inputdataconfig.json")
    program = EntryPoint(str(hyperparameters.get(PROGRAM) or settings.program))
    values = {
        "additional_framework_parameters": script_arguments.select_framework_arguments(
            hyperparameters
        ),
        "channel_input_dirs": {name: str(paths.data / name) for name in inputs},
        "framework_module": None,
        "hyperparameters": script_arguments.select_script_arguments(hyperparameters),
        "input_data_config": inputs,
        "is_modelparallel_enabled": False,
        "job_name": copy_environment().get("TRAINING_JOB_NAME"),
        "log_level": hyperparameters.get("sagemaker_container_log_level", _LOG_LEVEL),
        "module_dir": str(hyperparameters.get(SUBMIT_DIRECTORY) or paths.code),
        "module_name": program.module,
        "num_cpus": math.ceil(cpu_quota()),
        "num_gpus": sum(path.name[6:].isdecimal() for path in _DEVICES.glob("nvidia*")),
        "num_neurons": 0,
        "user_entry_point": program.name,
    }
    return Environment(
        dict(sorted((values | _make_paths(paths) | _describe_cluster(resources)).items()))
    )


def _make_paths(paths: Paths) -> dict[str, Any]:
    output = paths.output_data.parent
    return {
        "input_config_dir": str(paths.config),
        "input_dir": str(paths.config.parent),
        "model_dir": str(paths.model),
        "output_data_dir": str(paths.output_data),
        "output_dir": str(output),
        "output_intermediate_dir": str(output / "intermediate"),
    }


def _describe_cluster(resources: Mapping[str, Any]) -> dict[str, Any]:
    host = str(resources.get("current_host", "algo-1"))
    hosts = sorted(resources.get("hosts", [host]))
    group = resources.get("current_group_name", _GROUP)
    groups = {item["instance_group_name"]: item for item in resources.get("instance_groups", ())}
    return {
        "current_host": host,
        "current_instance_group": group,
        "current_instance_group_hosts": groups.get(group, {}).get("hosts", []),
        "current_instance_type": resources.get("current_instance_type", "local"),
        "distribution_hosts": [],
        "distribution_instance_groups": [],
        "hosts": hosts,
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "is_hetero": len(groups) > 1,
        "is_master": host == hosts[0],
        "master_hostname": hosts[0],
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "resource_config": resources,
        "topology": resources.get("topology"),
    }
