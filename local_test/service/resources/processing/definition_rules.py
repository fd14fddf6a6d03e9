"""The rules of a processing job's inputs and outputs.

Source: API, ProcessingInput, ProcessingOutput.
"""

from local_test.jobs.processing_job import check_local_path
from local_test.service.api.api_errors import invalid
from local_test.service.resources.processing.dataset_query import check_dataset
from local_test.service.resources.processing.definitions import Definition, is_managed_by_app


def check_input(definition: Definition) -> str | None:
    """Return the path of an input in the container, None where it needs none.

    Raises ApiError or UserError when the definition is invalid.
    """
    name = definition["InputName"]
    source = _choose(f"Input {name}", definition, "S3Input", "DatasetDefinition")
    managed = is_managed_by_app(definition)
    mode = "S3InputMode" if "S3Input" in definition else "InputMode"
    if source.get(mode, "File") != "File" and not managed:
        raise invalid(f"Input {name}: {mode} Pipe is not done here; File is.")
    if "DatasetDefinition" in definition:
        kinds = ("AthenaDatasetDefinition", "RedshiftDatasetDefinition")
        _choose(f"DatasetDefinition of input {name}", source, *kinds)
        if not managed:
            check_dataset(name, source)
    return _check_path(f"Input {name}", source, managed=managed)


def check_output(definition: Definition) -> str | None:
    """Return the path of an output in the container, None where it needs none.

    Raises ApiError or UserError when the definition is invalid.
    """
    name = definition["OutputName"]
    target = _choose(f"Output {name}", definition, "S3Output", "FeatureStoreOutput")
    managed = is_managed_by_app(definition)
    if "FeatureStoreOutput" in definition:
        if managed:
            return None
        raise invalid(
            f"Output {name}: FeatureStoreOutput without AppManaged. Set AppManaged to true; the"
            " program puts the records."
        )
    return _check_path(f"Output {name}", target, managed=managed)


def _choose(place: str, definition: Definition, *fields: str) -> Definition:
    """Return the one of two fields that is given."""
    given = [field for field in fields if field in definition]
    if len(given) != 1:
        raise invalid(f"{place} is incomplete or has both. Give one of {' and '.join(fields)}.")
    found: Definition = definition[given[0]]
    return found


def _check_path(place: str, location: Definition, *, managed: bool) -> str | None:
    if "LocalPath" not in location:
        if managed:
            return None
        raise invalid(f"{place} needs a LocalPath.")
    check_local_path(place.partition(" ")[2], location["LocalPath"])
    return str(location["LocalPath"]).rstrip("/")
