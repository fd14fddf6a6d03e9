"""The code of functions: a zip archive, unpacked below the state folder.

Source: Lambda Developer Guide, 'Lambda quotas': 250 MB unpacked.
"""

import base64
import binascii
import hashlib
import io
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.functions.resource import refuse
from local_test.service.storage.s3 import S3Uri
from local_test.service.storage.state.files import encode_file_name, make_folder

_LARGEST_BYTES = 262_144_000


@dataclass(frozen=True)
class CodePackage:
    """An unpacked archive: its folder below the state folder, hash and size in bytes."""

    folder: str
    sha256: str
    size: int


def unpack_code(backend: Backend, region: str, name: str, code: Mapping[str, Any]) -> CodePackage:
    """Unpack the archive of a request, which has it or names its S3 object.

    Raises ApiError when it is no zip archive or too large, UserError when there is no object.
    """
    content = _read_archive(backend, region, code)
    digest = hashlib.sha256(content)
    folder = Path("functions", region, encode_file_name(name), digest.hexdigest()[:16])
    target = backend.folder / folder
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_BYTES:
                raise refuse(f"Unzipped size must be smaller than {_LARGEST_BYTES} bytes")
            _extract(archive, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise refuse(f"Could not unzip uploaded file: {error}. Upload a zip archive.") from error
    hashed = base64.b64encode(digest.digest()).decode()
    return CodePackage(str(folder), hashed, len(content))


def remove_code(backend: Backend, region: str, name: str, keep: str = "") -> None:
    """Remove the unpacked archives of a function, except for the folder `keep`."""
    parent = backend.folder / "functions" / region / encode_file_name(name)
    for path in parent.iterdir() if parent.is_dir() else ():
        if path != backend.folder / keep:
            shutil.rmtree(path)


def _read_archive(backend: Backend, region: str, code: Mapping[str, Any]) -> bytes:
    if code.get("ImageUri"):
        raise refuse("unsupported package type: Image. Use a zip archive with Python code.")
    if code.get("ZipFile"):
        try:
            return base64.b64decode(code["ZipFile"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise refuse("ZipFile is not Base64. Encode the archive.") from error
    if code.get("S3Bucket") and code.get("S3Key"):
        return backend.storage(region).read(S3Uri(code["S3Bucket"], code["S3Key"]))
    raise refuse("Please provide a source for function code: ZipFile, or S3Bucket and S3Key.")


def _extract(archive: zipfile.ZipFile, target: Path) -> None:
    """Extract into a folder of another name first: what is there is complete."""
    if target.is_dir():
        return
    temporary = target.with_name(f"{target.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    make_folder(temporary)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, temporary, ignore_errors=True)
        archive.extractall(temporary)
        temporary.rename(target)
