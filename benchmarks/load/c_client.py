"""Clients in C, which take less of the shared processors than the servers they load."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.process_usage import BenchmarkFailed


@contextmanager
def compile_client(source: Path) -> Iterator[Path]:
    """Compile a client and yield its path. Raises BenchmarkFailed without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise BenchmarkFailed("the load comes from a client in C, and there is no C compiler")
    with TemporaryDirectory(prefix="bench-") as folder:
        program = Path(folder, source.stem)
        command = [compiler, "-std=c11", "-O2", "-o", str(program), str(source)]
        subprocess.run(command, check=True)
        yield program


def run_client(program: Path, *arguments: object) -> str:
    """Run a client to its end and return what it prints. Raises BenchmarkFailed when it fails."""
    words = [str(program), *map(str, arguments)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkFailed(f"the client ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout
