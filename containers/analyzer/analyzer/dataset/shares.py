"""The files of a data set that one of several hosts reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.contract.paths import Paths
from tandem.contract.training_job import read_json_object
from tandem.errors import UserError


@dataclass(frozen=True)
class Share:
    """The share of host `index` of `hosts`; below `sharded` a host has its own files alone.

    Files elsewhere are replicated: every host has all of them.
    """

    index: int = 0
    hosts: int = 1
    sharded: tuple[Path, ...] = ()

    def list_files(self, source: Path) -> list[Path]:
        """Return the files of this host in order, hidden ones left out.

        Every `hosts`-th one of replicated files is this host's. Raises UserError when one host has
        no file at all.
        """
        files = _list_files(source)
        if not files and self.hosts == 1:
            raise UserError(f"the data set is empty: no file in {source}", remedy="Give it data")
        return self.deal_files(files)

    def deal_files(self, files: Sequence[Path]) -> list[Path]:
        """Return those of the files, all in order, that this host reads."""
        replicated = [path for path in files if not self._is_sharded(path)]
        others = set(replicated) - set(replicated[self.index :: self.hosts])
        return [path for path in files if path not in others]

    def _is_sharded(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self.sharded)


WHOLE = Share()
"""The share of a single host."""


def read_share(paths: Paths, index: int, hosts: int) -> Share:
    """Read from the job's configuration which inputs are sharded over its hosts.

    (API Reference, `ProcessingS3Input`: `S3DataDistributionType` is FullyReplicated by default;
    `DatasetDefinition`: `DataDistributionType` is ShardedByS3Key by default.)
    """
    config = read_json_object(paths.root / "config/processingjobconfig.json")
    inputs = config.get("ProcessingInputs") or []
    folders = [folder for each in inputs if (folder := _find_sharded(each)) is not None]
    return Share(index, hosts, tuple(paths.local(folder) for folder in folders))


def _find_sharded(definition: Mapping[str, Any]) -> str | None:
    dataset = definition.get("DatasetDefinition")
    if dataset is not None:
        kind = dataset.get("DataDistributionType", "ShardedByS3Key")
        return str(dataset["LocalPath"]) if kind == "ShardedByS3Key" else None
    source = definition.get("S3Input") or {}
    sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    return str(source["LocalPath"]) if sharded else None


def _list_files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "_SUCCESS")) for part in path.relative_to(source).parts)
    )
