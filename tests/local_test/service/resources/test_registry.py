"""Every folder of a resource is registered, and a new one needs its folder and one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder

from local_test.service import resources
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.registration import Registration
from scripts.structure import PACKAGES, read_package
from tests.clients.account import REGION

GADGETS = '''
"""CreateGadget, DescribeGadget and a page of gadgets."""

import re

from werkzeug.wrappers import Response

from local_test.service.api.resource_type import ResourceType, now, start_record
from local_test.service.resources.generic_operations import describe
from local_test.service.resources.registration import Registration, Route

GADGET = ResourceType("Gadget", "gadget", "Gadgets", "gadget")


def _create(backend, call):
    record = start_record(GADGET, call.region, call.request, now())
    backend.records.add(GADGET, call.region, call.request[GADGET.name_field], record)
    return {GADGET.arn_field: record[GADGET.arn_field]}


def _redo(backend):
    for region, record in backend.records.list_all(GADGET):
        backend.records.update(GADGET, region, record[GADGET.name_field], Redone=True)


REGISTRATION = Registration(
    operations={"CreateGadget": _create, "DescribeGadget": describe(GADGET)},
    types=(GADGET,),
    restart=_redo,
    routes=(Route(re.compile("/gadgets"), lambda backend, request: Response("gadgets")),),
)
'''


@pytest.fixture
def gadgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registration:
    """A resource of one folder beside the others, and its line."""
    folder = tmp_path / "gadgets"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Gadgets."""\n')
    (folder / "operations.py").write_text(GADGETS)
    monkeypatch.setattr(resources, "__path__", [*resources.__path__, str(tmp_path)])
    return registry.load_registration("gadgets")


def test_every_folder_is_registered() -> None:
    below = Path(resources.__path__[0])
    folders = {path.parent.name for path in below.glob("*/operations.py")}
    assert folders == set(registry.FOLDERS)
    assert {
        path.name for path in below.iterdir() if path.is_dir() if path.name[0] != "_"
    } == folders
    assert len(registry.FOLDERS) == len(folders)


def test_an_operation_named_twice_is_an_error(gadgets: Registration) -> None:
    twice = (gadgets, Registration({"CreateGadget": gadgets.operations["CreateGadget"]}))
    with pytest.raises(ValueError, match="operations registered twice: CreateGadget"):
        registry.merge_operations(twice)


def test_a_new_resource_needs_its_folder_and_its_line(
    tmp_path: Path, gadgets: Registration
) -> None:
    operations = registry.merge_operations((*registry.REGISTRATIONS, gadgets))
    assert operations.keys() - registry.OPERATIONS.keys() == {"CreateGadget", "DescribeGadget"}
    backend = Backend(tmp_path / "state", "http://127.0.0.1:1", types=gadgets.types)
    request = {"GadgetName": "wheel", "Tags": [{"Key": "colour", "Value": "red"}]}
    made = operations["CreateGadget"](backend, ApiCall("CreateGadget", request, REGION, None))
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:gadget/wheel"
    assert made == {"GadgetArn": arn}
    tags = operations["ListTags"](backend, ApiCall("ListTags", {"ResourceArn": arn}, REGION, None))
    assert tags == {"Tags": [{"Key": "colour", "Value": "red"}]}
    gadgets.restart(backend)
    assert backend.records.get(gadgets.types[0], REGION, "wheel")["Redone"] is True
    request_of_page = EnvironBuilder("/gadgets").get_request()
    assert [route.matches(request_of_page) for route in gadgets.routes] == [True]
    assert registry.find_route(request_of_page) is None


def test_no_resource_imports_the_registry_that_loads_it() -> None:
    """The registry imports folders by name, which the search for import circles does not see."""
    package = read_package(PACKAGES["local_test"])
    name = registry.__name__
    importers = {module for module, targets in package.read_imports().items() if name in targets}
    assert {module for module in importers if module.startswith(resources.__name__)} == set()
    assert importers != set()
