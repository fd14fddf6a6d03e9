"""The registry from which Tandem's own images are pulled, by their digests: `registry.toml`.

The file names the registry, with a prefix if there is one, and the digest of each image:

    registry = "registry.example.com:5000/team"

    [digests]
    xgboost = "sha256:..."

`make push` writes it. An image without a digest is not pulled.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_test.engines.image_names import is_short_name, to_image_reference
from local_test.errors import UserError
from local_test.toml_file import read_toml

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_KEYS = {"registry", "digests"}
_LATEST = ":latest"


@dataclass(frozen=True)
class ImageRegistry:
    """A registry's address with prefix, and the digests of images by short name."""

    address: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)

    def find_uri(self, image: str) -> str | None:
        """Return the image URI with digest of an image: a short name, or `tandem-NAME:latest`."""
        for name, digest in self.digests.items():
            if image in {name, to_image_reference(name)}:
                repository = to_image_reference(name).removesuffix(_LATEST)
                return f"{self.address}/{repository}@{digest}"
        return None


def read_registry(path: Path) -> ImageRegistry:
    """Return the registry of a file, one without images if there is no such file.

    Raises UserError when the file cannot be read or is invalid.
    """
    if not path.exists():
        return ImageRegistry()
    _, content = read_toml(path)
    if unknown := set(content) - _KEYS:
        raise UserError(f"{path}: unknown key {min(unknown)!r}", "use registry and [digests]")
    address, digests = content.get("registry"), content.get("digests", {})
    if not isinstance(address, str) or not address or "://" in address or address.endswith("/"):
        raise UserError(
            f"{path}: registry is missing or invalid", 'write registry = "HOST[:PORT][/PREFIX]"'
        )
    if not isinstance(digests, dict):
        raise UserError(f"{path}: digests is no table", 'write [digests] and NAME = "sha256:..."')
    for name, digest in digests.items():
        if not is_short_name(name) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise UserError(
                f"{path}: invalid digest of {name!r}", f'write {name} = "sha256:" and 64 hex digits'
            )
    return ImageRegistry(address, digests)
