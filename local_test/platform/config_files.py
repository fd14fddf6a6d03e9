"""The files of `/opt/ml/input/config`, and of a processing job's `/opt/ml/config`.

Source: Developer Guide, 'How Amazon SageMaker AI Provides Training Information'.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_test.platform.channels import Channel
from local_test.platform.opt_ml_tree import OptMlTree

INSTANCE_TYPE = "local"
_GROUP = "homogeneousCluster"


def make_input_data_config(channels: Sequence[Channel]) -> dict[str, dict[str, str]]:
    """Return the content of `inputdataconfig.json`; its keys differ from the API's."""
    return {channel.name: _describe(channel) for channel in channels}


def _describe(channel: Channel) -> dict[str, str]:
    content_type = {} if channel.content_type is None else {"ContentType": channel.content_type}
    return content_type | {
        "TrainingInputMode": channel.input_mode or "File",
        "S3DistributionType": channel.distribution,
        "RecordWrapperType": channel.record_wrapper,
    }


def make_resource_config(
    current: str, hosts: Sequence[str], interface: str, instance_type: str = INSTANCE_TYPE
) -> dict[str, Any]:
    """Return the content of `resourceconfig.json` on the host `current`; hosts are sorted."""
    ordered = sorted(hosts)
    group = {
        "instance_group_name": _GROUP,
        "instance_type": instance_type,
        "hosts": ordered,
    }
    return {
        "current_host": current,
        "hosts": ordered,
        "network_interface_name": interface,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "instance_groups": [group],
        "topology": None,
    }


def write_checkpoint_config(tree: OptMlTree, folder: Path) -> None:
    """Write `checkpointconfig.json`, for a job with checkpoints.

    Source: the reference XGBoost container, `checkpointing.py`; the service documents the
    parameter `CheckpointConfig` alone.
    """
    config = {"S3Uri": folder.as_uri(), "LocalPath": "/opt/ml/checkpoints"}
    (tree.config / "checkpointconfig.json").write_text(json.dumps(config), encoding="utf-8")


def write_config(
    tree: OptMlTree,
    hyperparameters: Mapping[str, str],
    channels: Sequence[Channel],
    resources: Mapping[str, Any],
) -> None:
    """Write the three configuration files of a training container; values are strings."""
    files: dict[str, Mapping[str, Any]] = {
        "hyperparameters.json": {name: str(value) for name, value in hyperparameters.items()},
        "inputdataconfig.json": make_input_data_config(channels),
        "resourceconfig.json": resources,
    }
    for name, content in files.items():
        (tree.config / name).write_text(json.dumps(content), encoding="utf-8")


def write_processing_config(
    tree: OptMlTree, description: Mapping[str, Any], current: str, hosts: Sequence[str]
) -> None:
    """Write the two configuration files of a processing container."""
    files: dict[str, Mapping[str, Any]] = {
        "processingjobconfig.json": description,
        "resourceconfig.json": {"current_host": current, "hosts": sorted(hosts)},
    }
    for name, content in files.items():
        (tree.job_config / name).write_text(json.dumps(content), encoding="utf-8")
