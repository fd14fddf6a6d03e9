"""Inputs and outputs of a processing job, as its request defines them.

Source: API, ProcessingInput, ProcessingOutput, DatasetDefinition: with `AppManaged` the program
reads or writes the data by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Definition = Mapping[str, Any]


def list_inputs(request: Definition) -> Sequence[Definition]:
    """Return the input definitions of a request."""
    return tuple(request.get("ProcessingInputs", ()))


def list_outputs(request: Definition) -> Sequence[Definition]:
    """Return the output definitions of a request."""
    return tuple(request.get("ProcessingOutputConfig", {}).get("Outputs", ()))


def is_managed_by_app(definition: Definition) -> bool:
    """Return True if the program reads an input or writes an output by itself."""
    return bool(definition.get("AppManaged", False))


def name_source(definition: Definition) -> str:
    """Return the URI of an input's data; that of a query is where its result is written."""
    if "S3Input" in definition:
        return str(definition["S3Input"]["S3Uri"])
    dataset = definition["DatasetDefinition"]
    query = dataset.get("AthenaDatasetDefinition") or dataset["RedshiftDatasetDefinition"]
    return str(query["OutputS3Uri"])


def name_target(definition: Definition) -> str:
    """Return the URI of an output's data, or the name of the feature group that takes it."""
    if "S3Output" in definition:
        return str(definition["S3Output"]["S3Uri"])
    return str(definition["FeatureStoreOutput"]["FeatureGroupName"])
