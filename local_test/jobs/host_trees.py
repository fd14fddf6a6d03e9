"""The `/opt/ml` trees of a training job's hosts, merged at the end.

Source: Developer Guide, 'Use Your Own Training Algorithms', distributed training: every host gets
the same job, and what the hosts leave is packed into one archive.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_test.errors import UserError
from local_test.jobs.training_job import TrainingJob
from local_test.platform.channel_data import copy_channel
from local_test.platform.config_files import (
    make_resource_config,
    write_checkpoint_config,
    write_config,
)
from local_test.platform.opt_ml_tree import OptMlTree


@dataclass(frozen=True)
class Host:
    """A host's name in the network, and its `/opt/ml`."""

    name: str
    tree: OptMlTree


def make_host_trees(
    job: TrainingJob, directory: Path, names: Sequence[str], interface: str
) -> list[Host]:
    """Make the tree of every host, with its share of the channels that are not pipes."""
    hosts = [Host(name, OptMlTree(directory / name / "ml")) for name in names]
    for index, host in enumerate(hosts):
        host.tree.make_for_training()
        resources = make_resource_config(host.name, names, interface, job.instance_type)
        write_config(host.tree, job.hyperparameters, job.inputs, resources)
        for channel in job.inputs:
            if not channel.piped:
                copy_channel(channel, host.tree, index, len(hosts))
        if job.checkpoints is not None:
            _link_checkpoints(job.checkpoints, host.tree)
    return hosts


def _link_checkpoints(folder: Path, tree: OptMlTree) -> None:
    # Linked and not copied: what a job saved must be there after it was killed.
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"checkpoints cannot be kept in {folder}: {error.strerror}") from error
    tree.checkpoints.symlink_to(folder.resolve())
    write_checkpoint_config(tree, folder.resolve())


def merge_trees(hosts: Sequence[Host], directory: Path) -> OptMlTree:
    """Return one tree with the model and the output data of all hosts.

    Raises UserError when two hosts wrote a file of the same name, as one would be lost.
    """
    if len(hosts) == 1:
        return hosts[0].tree
    tree = OptMlTree(directory / "merged")
    tree.make_for_training()
    writers: dict[Path, str] = {}
    for host in hosts:
        for source, relative in _list_artifacts(host.tree):
            if relative in writers:
                raise UserError(
                    f"hosts {writers[relative]} and {host.name} both wrote {relative}",
                    "let the first host alone write it, or put the host into the name",
                )
            writers[relative] = host.name
            target = tree.root / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target, follow_symlinks=False)
    return tree


def _list_artifacts(tree: OptMlTree) -> Iterator[tuple[Path, Path]]:
    for folder in (tree.model, tree.output_data):
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_dir():
                yield path, path.relative_to(tree.root)
