"""A folder of sample data: `BUCKET/KEY` per file, and what each came from in `samples.json`."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local_test.errors import UserError
from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

INDEX = "samples.json"
_PACKAGES = ".packages"
_REGION = "REGION"
_REGION_NAME = "[a-z]{2}(-[a-z]+)+-[0-9]"


@dataclass(frozen=True)
class SampleFolder:
    """A folder with a subfolder per bucket; `REGION` in its name stands for any region."""

    path: Path

    def find_bucket(self, bucket: str) -> Path | None:
        """Return the subfolder of a bucket, None when there is none."""
        with suppress(FileNotFoundError):
            for folder in sorted(self.path.iterdir()):
                pattern = re.escape(folder.name).replace(_REGION, _REGION_NAME)
                if folder.is_dir() and re.fullmatch(pattern, bucket):
                    return folder
        return None

    def find_region(self, bucket: str) -> str | None:
        """Return the region in a bucket's name, None when its subfolder's name has none."""
        folder = self.find_bucket(bucket)
        if folder is None or _REGION not in folder.name:
            return None
        before, _, after = folder.name.partition(_REGION)
        return bucket[len(before) : len(bucket) - len(after)]

    def list_files(self, bucket: str) -> Iterator[tuple[str, Path]]:
        """Yield key and path of each file of a bucket, sorted by key."""
        folder = self.find_bucket(bucket)
        paths = folder.rglob("*") if folder else ()
        files = {path.relative_to(folder).as_posix(): path for path in paths if folder}
        yield from ((key, path) for key, path in sorted(files.items()) if path.is_file())

    def build(self, sample: Sample) -> list[str]:
        """Write a sample's files into all of its buckets, and its origin into the index.

        Returns the keys. Raises UserError when a package that it needs is missing, and OSError
        when a file cannot be written.
        """
        for package in sample.needs:
            if find_spec(package) is None:
                raise UserError(
                    f"{sample.name} needs the Python package {package}, which is not installed",
                    "install it, or leave the data set out with --only",
                )
        files = sample.build(Packages(self.path / _PACKAGES))
        for key, content in files.items():
            first, *others = (self.path / bucket / key for bucket in sample.buckets)
            _write(first, content)
            for path in others:
                _link(first, path)
        self._describe(sample, files)
        return sorted(files)

    def _describe(self, sample: Sample, files: Files) -> None:
        index = self.path / INDEX
        try:
            described = json.loads(index.read_text(encoding="utf-8"))
        except FileNotFoundError:
            described = {}
        except ValueError as error:
            raise UserError(f"{index} is not JSON: {error}", "remove the file") from error
        described[sample.name] = {
            "origin": sample.origin,
            "stand_in": sample.stand_in,
            "files": {key: len(content) for key, content in sorted(files.items())},
        }
        _write(index, (json.dumps(described, indent=1, sort_keys=True) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def _link(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.link(source, path)
    except OSError:  # a file system without hard links
        _write(path, source.read_bytes())
