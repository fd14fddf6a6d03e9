"""Unusual but valid layouts of a job, each a change of an ordinary tree.

All are tried at once first, so each changes something else. To add one, write a
function and put it in `ALL`.
"""

import json
import shutil
from collections.abc import Callable
from typing import Any

from local_test.conformance.harness.trainer import LayoutVariant
from local_test.platform.opt_ml_tree import OptMlTree

_HYPERPARAMETERS, _CHANNELS, _RESOURCES = (
    "hyperparameters.json",
    "inputdataconfig.json",
    "resourceconfig.json",
)


def quote_values(tree: OptMlTree) -> None:
    """Put every hyperparameter into JSON quotes, as estimators of frameworks do."""
    _change_config(
        tree, _HYPERPARAMETERS, lambda config: {k: json.dumps(v) for k, v in config.items()}
    )


def add_reserved_names(tree: OptMlTree) -> None:
    """Add the hyperparameters that tuning jobs and the SDK add by themselves."""
    added = {
        "_tuning_objective_metric": "validation:rmse",
        "sagemaker_job_name": "conform",
        "sagemaker_region": "eu-central-1",
        "sagemaker_container_log_level": "20",
    }
    _change_config(tree, _HYPERPARAMETERS, lambda config: config | added)


def add_stray_inputs(tree: OptMlTree) -> None:
    """Put a manifest and a folder beside the channels, and add channels of the SDK's."""
    for name in ("code", "sm_drivers", "not-a-channel"):
        (tree.data / name).mkdir()
        (tree.data / name / "note.txt").write_text("no training data", encoding="utf-8")
    for name in _read_config(tree, _CHANNELS):
        (tree.data / f"{name}-manifest").write_text("[]", encoding="utf-8")
    added = {name: {"TrainingInputMode": "File"} for name in ("code", "sm_drivers")}
    _change_config(tree, _CHANNELS, lambda config: config | added)


def drop_channel_keys(tree: OptMlTree) -> None:
    """Leave out what the SDK's local mode leaves out, and say FastFile."""

    def drop(channels: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {"TrainingInputMode": "FastFile"}
            | {key: value for key, value in channel.items() if key == "ContentType"}
            for name, channel in channels.items()
        }

    _change_config(tree, _CHANNELS, drop)


def capitalize_content_type(tree: OptMlTree) -> None:
    """Write content types with capitals and a parameter."""

    def capitalize(channels: dict[str, Any]) -> dict[str, Any]:
        for channel in channels.values():
            if "ContentType" in channel:
                kind, _, rest = channel["ContentType"].partition(";")
                channel["ContentType"] = f"{kind.title()}; charset=utf-8" + (rest and f";{rest}")
        return channels

    _change_config(tree, _CHANNELS, capitalize)


def nest_files(tree: OptMlTree) -> None:
    """Move each channel's files into folders and take their extensions away."""
    for name in _read_config(tree, _CHANNELS):
        folder = tree.data / name
        files = [path for path in folder.rglob("*") if path.is_file()]
        for index, path in enumerate(sorted(files)):
            target = folder / "year=2026" / f"part-{index:05}"
            target.parent.mkdir(exist_ok=True)
            shutil.move(path, target)


def drop_resource_keys(tree: OptMlTree) -> None:
    """Keep the three documented keys, and name another network interface."""
    keys = ("current_host", "hosts")
    _change_config(
        tree,
        _RESOURCES,
        lambda config: {key: config[key] for key in keys} | {"network_interface_name": "ethwe"},
    )


def add_unknown_config_files(tree: OptMlTree) -> None:
    """Add files the service writes and nobody documents."""
    for name in ("init-config.json", "trainingjobconfig.json", "upstreamoutputdataconfig.json"):
        (tree.config / name).write_text('{"unknown": [1, null]}', encoding="utf-8")
    (tree.config / "metric-definition-regex.json").write_text("not JSON", encoding="utf-8")


ALL: tuple[LayoutVariant, ...] = (
    quote_values,
    add_reserved_names,
    capitalize_content_type,
    drop_channel_keys,
    nest_files,
    add_stray_inputs,
    drop_resource_keys,
    add_unknown_config_files,
)


def _read_config(tree: OptMlTree, name: str) -> dict[str, Any]:
    return dict(json.loads((tree.config / name).read_bytes()))


def _change_config(
    tree: OptMlTree, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    (tree.config / name).write_text(json.dumps(change(_read_config(tree, name))), encoding="utf-8")
