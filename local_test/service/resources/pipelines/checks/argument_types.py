"""Arguments of a step, checked against the shape of the API's request that they become."""

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.checks.definition_schema import make_error
from local_test.service.resources.pipelines.checks.step_shapes import (
    find_argument_shape,
    list_given_fields,
)
from local_test.service.resources.pipelines.checks.value_types import ValueTypes, is_function

_SCALARS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("String", (str,)),
    "integer": ("Integer", (int,)),
    "long": ("Integer", (int,)),
    "float": ("Float", (int, float)),
    "double": ("Float", (int, float)),
    "boolean": ("Boolean", (bool,)),
}


def check_arguments(step: Mapping[str, Any], types: ValueTypes) -> None:
    """Raise ApiError when an argument is unknown, missing or of a wrong type.

    The references of the step must have been checked before.
    """
    shape = find_argument_shape(step["Type"])
    if shape is not None:
        given = list_given_fields(step["Type"])
        _ArgumentCheck(str(step["Name"]), types, given).check(step["Arguments"], shape, "Arguments")


class _ArgumentCheck:
    def __init__(self, step: str, types: ValueTypes, given: frozenset[str]) -> None:
        self._step, self._types, self._given = step, types, given

    def check(self, value: Any, shape: Shape, path: str) -> None:
        """Check a value and all that is in it."""
        if value is None:
            self._refuse("null is no value", path, "Leave the field out.")
        elif is_function(value):
            self._check_function(value, shape, path)
        elif shape.type_name == "structure":
            self._check_structure(value, shape, path)
        elif shape.type_name == "list":
            if not isinstance(value, list):
                self._refuse(f"{value!r} is no list", path)
            for index, item in enumerate(value):
                self.check(item, shape.member, f"{path}[{index}]")
        elif shape.type_name == "map":
            if not isinstance(value, dict):
                self._refuse(f"{value!r} is no map", path)
            for name, item in value.items():
                self.check(item, shape.value, f"{path}.{name}")
        else:
            self._check_scalar(value, shape, path)

    def _check_structure(self, value: Any, shape: Shape, path: str) -> None:
        if not isinstance(value, dict):
            self._refuse(f"{value!r} is no structure", path)
        for name in value:
            if name not in shape.members:
                known = ", ".join(sorted(shape.members))
                self._refuse(f"unknown field {name!r}", path, f"Use one of: {known}.")
        for name in shape.required_members:
            if name not in value and not (path == "Arguments" and name in self._given):
                self._refuse(f"missing field {name!r}", path)
        for name, item in value.items():
            self.check(item, shape.members[name], f"{path}.{name}")

    def _check_function(self, function: Mapping[str, Any], shape: Shape, path: str) -> None:
        found, (wanted, _) = (
            self._types.find_type(function),
            _SCALARS.get(shape.type_name, ("", ())),
        )
        fits = found in {None, wanted} or (found, wanted) == ("Integer", "Float")
        if not fits and shape.type_name != "timestamp":
            what = function.get("Get") or next(iter(function))
            advice = "Convert it with Std:Join." if wanted == "String" else ""
            self._refuse(f"{what} is a {found} and no {wanted or shape.type_name}", path, advice)

    def _check_scalar(self, value: Any, shape: Shape, path: str) -> None:
        wanted, python = _SCALARS.get(shape.type_name, ("", ()))
        if not wanted:
            return
        if not isinstance(value, python) or isinstance(value, bool) != (wanted == "Boolean"):
            self._refuse(f"{value!r} is no {wanted}", path)

    def _refuse(self, what: str, path: str, advice: str = "") -> None:
        raise make_error(what, f"step {self._step}, field {path}", advice)
