"""The bill of materials: what lies in an image, in CycloneDX's own schema."""

import json
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import docker
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.checkout.shell import ROOT
from scripts.images import inventory, sbom
from scripts.images.inventory import Contents
from tests.conftest import docker_engine
from tests.scripts.pushing import Checkout

URI = f"127.0.0.1:5000/tandem-tiny@sha256:{'a' * 64}"
FLASK = "Metadata-Version: 2.4\nName: Flask\nVersion: 3.1.3\nLicense-Expression: BSD-3-Clause\n"
OURS = "Metadata-Version: 2.4\nName: tandem-runtime\nVersion: 0.1.0\n"
LIBC = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n"


def message(text: str) -> Message:
    return Parser().parsestr(text)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Write the bill of an image with one package of each kind, as a push would."""
    found = Contents(
        distributions=[message(FLASK), message(OURS)],
        debian=[message(LIBC)],
        system={"ID": "debian", "VERSION_ID": "12"},
        environment={"PYTHON_VERSION": "3.11.15"},
    )
    monkeypatch.setattr(sbom, "ROOT", tmp_path)
    path = sbom.save_bill(found, "tandem-tiny", "1-abc", URI)
    return bill(tmp_path / path)


def bill(path: Path) -> dict[str, Any]:
    """Read a bill that keeps the published schema."""
    text = path.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_bill_names_the_image_by_its_digest(written: dict[str, Any]) -> None:
    assert written["metadata"]["component"] == {
        "bom-ref": URI,
        "name": "tandem-tiny",
        "purl": f"pkg:oci/tandem-tiny@sha256:{'a' * 64}"
        "?repository_url=127.0.0.1:5000/tandem-tiny&tag=1-abc",
        "type": "container",
        "version": "1-abc",
    }


def test_each_package_has_the_address_by_which_scanners_know_it(written: dict[str, Any]) -> None:
    assert {one["name"]: one.get("purl") for one in written["components"]} == {
        "Flask": "pkg:pypi/flask@3.1.3",
        "libc6": "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
        "python": "pkg:generic/python@3.11.15",
        "tandem-runtime": None,
    }
    licences = {one["name"]: one.get("licenses") for one in written["components"]}
    assert licences["Flask"] == [{"license": {"id": "BSD-3-Clause"}}]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("License-Expression: MIT\nLicense: something else\n", "MIT"),
        ("License: BSD\n", "BSD"),
        (
            "License: a page of text\n of many lines\nClassifier: License :: OSI Approved :: X\n",
            "X",
        ),
        ("Name: a\n", None),
    ],
)
def test_a_licence_is_found_where_a_package_states_it(lines: str, expected: str | None) -> None:
    assert inventory.find_licence(message(lines)) == expected


@pytest.mark.docker
def test_the_bill_of_an_image_holds_what_the_lock_and_the_base_installed(
    docker_client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_engine().read_labels("preprocessor")
    monkeypatch.setattr(sbom, "ROOT", tmp_path)
    image = "tandem-preprocessor:latest"
    path = sbom.write_bill(docker_client, image, "tandem-preprocessor", "latest")
    components = {one["bom-ref"]: one for one in bill(tmp_path / path)["components"]}
    lock = (ROOT / "containers/preprocessor/requirements.lock").read_text()
    numpy = next(line.split()[0] for line in lock.splitlines() if line.startswith("numpy=="))
    assert components[f"python:{numpy.replace('==', '@')}"]["type"] == "library"
    assert any(ref.startswith("deb:libc6@") for ref in components)


@pytest.mark.docker
def test_a_push_writes_the_bill_beside_the_image(checkout: Checkout, registry: str) -> None:
    ended = checkout.push(f"--registry={registry}")
    path = f"build/sbom/tandem-tiny-{checkout.tag()}.cdx.json"
    assert f"Bill of materials: {path}" in ended.stdout
    written = bill(checkout.folder / path)
    assert f'image_uri="{written["metadata"]["component"]["bom-ref"]}"' in ended.stdout
