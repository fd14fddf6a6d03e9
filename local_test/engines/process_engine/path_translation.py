"""Replaces `/opt/ml` in a user's own program by the folder that stands for it.

On Docker a folder is mounted at `/opt/ml`; a process has no mounts. So the path is replaced in the
command, the environment, the job's configuration and the programs among its inputs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from local_test.engines.process_engine.archive_translation import ARCHIVES, translate_archive
from local_test.engines.protocol import ContainerSpec

_ROOT = re.compile(r"/opt/ml(?![\w.-])")
_PROGRAMS = (".py", ".sh")


def translate_spec(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with `/opt/ml` replaced, if it does not start the image's own program.

    The job's configuration, every `.py` and `.sh` of its inputs, and those inside of source
    archives are rewritten. A program of the image finds its folder by SAGEMAKER_BASE_DIR.
    """
    root = spec.tree.root
    if spec.command == "process" or spec.entrypoint is not None:
        for path in _find_texts(spec):
            path.write_bytes(_translate_bytes(path.read_bytes(), root))
        for path in _find_inputs(spec, ARCHIVES):
            translate_archive(path, _PROGRAMS, lambda content: _translate_bytes(content, root))
        spec = replace(spec, environment=_translate_environment(spec.environment, root))
    return replace(
        spec,
        entrypoint=None if spec.entrypoint is None else _translate_words(spec.entrypoint, root),
        arguments=_translate_words(spec.command_line, root),
    )


def _find_texts(spec: ContainerSpec) -> Iterator[Path]:
    for folder in (spec.tree.job_config, spec.tree.config):
        yield from sorted(folder.glob("*.json"))
    yield from _find_inputs(spec, _PROGRAMS)


def _find_inputs(spec: ContainerSpec, endings: Sequence[str]) -> Iterator[Path]:
    """Yield the input files whose names end so; those of Pipe mode are no files."""
    for folder in (spec.tree.processing, spec.tree.data):
        for path in sorted(folder.rglob("*")):
            if path.name.endswith(tuple(endings)) and path.is_file() and not path.is_symlink():
                yield path


def _translate_bytes(content: bytes, root: Path) -> bytes:
    text = content.decode("utf-8", errors="surrogateescape")
    return _ROOT.sub(str(root), text).encode("utf-8", errors="surrogateescape")


def _translate_words(words: Sequence[str], root: Path) -> tuple[str, ...]:
    return tuple(_ROOT.sub(str(root), word) for word in words)


def _translate_environment(variables: Mapping[str, str], root: Path) -> dict[str, str]:
    return {name: _ROOT.sub(str(root), value) for name, value in variables.items()}
