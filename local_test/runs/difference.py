"""What differs between two runs: parameters, data, code, environment, results."""

from collections.abc import Mapping
from dataclasses import dataclass

from local_test.runs.run import Run, Value

_ENVIRONMENT = "SageMaker."
_CODE = ("sagemaker_program", "sagemaker_submit_directory")
_IMAGE = "SageMaker.ImageUri"


@dataclass(frozen=True)
class Difference:
    """One thing that differs; a run that does not have it has None."""

    part: str
    name: str
    left: Value | None
    right: Value | None


def find_differences(left: Run, right: Run) -> list[Difference]:
    """Return what differs between two runs, part by part and by name."""
    parts = [_split(left), _split(right)]
    return [
        Difference(part, name, parts[0][part].get(name), parts[1][part].get(name))
        for part in parts[0]
        for name in sorted(parts[0][part].keys() | parts[1][part].keys())
        if parts[0][part].get(name) != parts[1][part].get(name)
    ]


def _split(run: Run) -> dict[str, Mapping[str, Value]]:
    """Return the values of a run by the part that they belong to."""
    values = run.parameters
    environment = {name for name in values if name.startswith(_ENVIRONMENT)}
    inputs = {name: uri for name, uri in run.inputs.items() if name != _IMAGE}
    image = {name: uri for name, uri in run.inputs.items() if name == _IMAGE}
    return {
        "parameters": _take(values, values.keys() - environment - set(_CODE)),
        "data": dict[str, Value](inputs),
        "code": {**_take(values, values.keys() & set(_CODE)), **run.code},
        "environment": _take(values, environment) | image,
        "metrics": dict[str, Value](run.metrics),
        "outputs": dict[str, Value](run.outputs),
    }


def _take(values: Mapping[str, Value], names: set[str]) -> dict[str, Value]:
    return {name: values[name] for name in names}
