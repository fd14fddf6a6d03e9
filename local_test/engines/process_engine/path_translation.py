"""Replaces `/opt/ml` in a user's own program by the folder that stands for it.

On Docker a folder is mounted at `/opt/ml`; a process has no mounts. So the path is replaced in the
command, the environment, the job's configuration and the program's files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from local_test.engines.protocol import ContainerSpec

_ROOT = re.compile(r"/opt/ml(?![\w.-])")
_PROGRAMS = (".py", ".sh")


def translate_spec(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with `/opt/ml` replaced; its configuration and programs are rewritten."""
    root = spec.tree.root
    words = [*(spec.entrypoint or ()), *spec.command_line]
    for path in {*_find_texts(spec, words)}:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        path.write_text(_ROOT.sub(str(root), text), encoding="utf-8", errors="surrogateescape")
    return replace(
        spec,
        entrypoint=None if spec.entrypoint is None else _translate_words(spec.entrypoint, root),
        arguments=_translate_words(spec.command_line, root),
        environment=_translate_environment(spec.environment, root),
    )


def _find_texts(spec: ContainerSpec, words: Sequence[str]) -> Iterator[Path]:
    yield from spec.tree.job_config.glob("*.json")
    for word in _translate_words(words, spec.tree.root):
        program = Path(word)
        if program.suffix in _PROGRAMS and program.is_file():
            for suffix in _PROGRAMS:
                yield from program.parent.rglob(f"*{suffix}")


def _translate_words(words: Sequence[str], root: Path) -> tuple[str, ...]:
    return tuple(_ROOT.sub(str(root), word) for word in words)


def _translate_environment(variables: Mapping[str, str], root: Path) -> dict[str, str]:
    return {name: _ROOT.sub(str(root), value) for name, value in variables.items()}
