"""JSON files of a model and of its trainings: objects of S3, and members of archives there."""

import json
import tarfile
import zlib
from collections.abc import Mapping
from typing import Any

from local_test.errors import LocalError
from local_test.service.resources.models.model_artifacts import find_address
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri
from local_test.workspace import open_workspace

_OUTPUT = "output.tar.gz"
_LARGEST_MEMBER = 1 << 24
_LARGEST_ARCHIVE = 1 << 29
_DAMAGE = (tarfile.TarError, EOFError, OSError, zlib.error)

Files = Mapping[str, Mapping[str, Any]]
"""Objects of JSON by the names of their files."""


def read_object(storage: S3Storage, uri: S3Uri) -> Mapping[str, Any]:
    """Return the JSON object at an address, {} where there is none."""
    try:
        return _parse(storage.read(uri))
    except LocalError:
        return {}


def read_model_files(
    storage: S3Storage, container: Mapping[str, Any], names: frozenset[str]
) -> Files:
    """Return files of a container's artifacts by name; those that it does not have are left out.

    The artifacts are an archive, or the objects below a prefix.
    """
    address = find_address(container)
    if not address:
        return {}
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    if source.get("CompressionType", "Gzip") == "Gzip":
        return _read_members(storage, address, names)
    found = {name: read_object(storage, _parse_address(address).join(name)) for name in names}
    return {name: content for name, content in found.items() if content}


def locate_output(container: Mapping[str, Any]) -> str:
    """Return the address of the `output.tar.gz` beside a container's archive, "" without one.

    Source: Developer Guide, "How Amazon SageMaker AI Processes Training Output".
    """
    folder, _, name = find_address(container).rpartition("/")
    return f"{folder}/{_OUTPUT}" if name.endswith(".tar.gz") else ""


def read_output_files(
    storage: S3Storage, container: Mapping[str, Any], names: frozenset[str]
) -> Files:
    """Return files that the training of a container's model wrote to `output/data`, by name."""
    address = locate_output(container)
    return _read_members(storage, address, names) if address else {}


def _read_members(storage: S3Storage, address: str, names: frozenset[str]) -> Files:
    found = {}
    try:
        with open_workspace() as folder:
            archive = storage.fetch(_parse_address(address), folder / "archive.tar.gz")
            if archive.stat().st_size > _LARGEST_ARCHIVE:
                return {}
            with tarfile.open(archive, "r|gz") as members:
                for member in members:
                    name = member.name.removeprefix("./")
                    if name in names and member.isreg() and member.size <= _LARGEST_MEMBER:
                        content = members.extractfile(member)
                        found[name] = _parse(content.read() if content else b"")
                    if found.keys() == names:
                        break
    except (LocalError, *_DAMAGE):
        return {}
    return {name: content for name, content in found.items() if content}


def _parse(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _parse_address(address: str) -> S3Uri:
    uri = parse_uri(address)
    return S3Uri(uri.bucket, uri.key.rstrip("/"))
