from __future__ import annotations

import io
import json
from zipfile import BadZipFile, ZipFile

import numpy as np
import pytest
import skops.io

from preprocessor.plan import sklearn_block, skops_names
from preprocessor.transforms.estimators.numbers import Clipper
from tandem.errors import Location, UserError

SCHEMA = "schema.json"
OLD_CLIPPER = ("preprocessor.estimators.numbers", "Clipper")


def with_schema(body: bytes, text: str) -> bytes:
    """Return the skops file with another schema."""
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(body)) as source, ZipFile(changed, "w") as target:
        for item in source.infolist():
            target.writestr(item, text if item.filename == SCHEMA else source.read(item))
    return changed.getvalue()


def schema_of(body: bytes) -> str:
    with ZipFile(io.BytesIO(body)) as packed:
        return packed.read(SCHEMA).decode()


def named_as(body: bytes, module: str, name: str) -> bytes:
    """Return the skops file with another name for the type of its outermost object."""
    schema = json.loads(schema_of(body)) | {"__module__": module, "__class__": name}
    return with_schema(body, json.dumps(schema))


@pytest.fixture
def fitted() -> bytes:
    body: bytes = skops.io.dumps(Clipper(low=0.0).fit(np.array([[1.0], [2.0]])))
    return body


def test_a_renamed_type_is_one_that_a_file_may_name() -> None:
    assert set(skops_names.RENAMED.values()) <= sklearn_block.HARMLESS


def test_no_old_name_is_a_present_one() -> None:
    assert not set(skops_names.RENAMED) & set(skops_names.RENAMED.values())


def test_an_old_name_becomes_the_present_one_and_the_file_loads(fitted: bytes) -> None:
    old = named_as(fitted, *OLD_CLIPPER)

    assert json.loads(schema_of(skops_names.rename_types(old))) == json.loads(schema_of(fitted))
    loaded = sklearn_block.parse_estimator(old, Location(file="block.skops"))
    assert loaded.transform([[-1.0], [3.0]]).tolist() == [[0.0], [3.0]]


def test_a_file_without_old_names_is_returned_as_it_is(fitted: bytes) -> None:
    assert skops_names.rename_types(fitted) is fitted


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("preprocessor.estimators.numbers", "Popen"),
        ("preprocessor.estimators.base", "Columns"),
        ("preprocessor.baseline", "json"),
        ("estimators.numbers", "Clipper"),
    ],
)
def test_an_old_name_that_is_not_listed_stays_foreign(
    fitted: bytes, module: str, name: str
) -> None:
    old = named_as(fitted, module, name)

    assert skops_names.rename_types(old) is old
    with pytest.raises(UserError, match="which is not loaded"):
        sklearn_block.parse_estimator(old, Location(file="block.skops"))


def test_names_in_the_values_of_a_file_are_left_alone(fitted: bytes) -> None:
    module, name = OLD_CLIPPER
    value = json.dumps({"__module__": module, "__class__": name})
    node = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    inner = json.loads(schema_of(fitted)) | {"added": node | {"content": value}}
    body = with_schema(fitted, json.dumps(inner))

    assert skops_names.rename_types(body) is body


def test_a_schema_nested_a_thousand_deep_is_renamed_without_recursion(fitted: bytes) -> None:
    schema = json.dumps(dict(zip(("__module__", "__class__"), OLD_CLIPPER, strict=True)))
    body = with_schema(fitted, '{"content":' * 900 + schema + "}" * 900)

    assert '"preprocessor.transforms.estimators.numbers"' in schema_of(
        skops_names.rename_types(body)
    )


@pytest.mark.parametrize("depth", [900, 200_000])
def test_a_schema_too_deep_to_read_is_refused_with_a_sentence(fitted: bytes, depth: int) -> None:
    opened = '{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":['
    body = with_schema(fitted, opened * depth + "]}" * depth)

    with pytest.raises(UserError, match="is not a skops file"):
        sklearn_block.parse_estimator(body, Location(file="block.skops"))


def test_what_is_no_zip_raises_bad_zip_file() -> None:
    with pytest.raises(BadZipFile):
        skops_names.rename_types(b"no zip")
