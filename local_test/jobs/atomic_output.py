"""Output that appears all at once: files are moved into place only after success."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test.errors import UserError


@contextmanager
def write_atomically(directory: Path, replaced: Iterable[str] = ()) -> Iterator[Path]:
    """Yield a private folder whose files are moved into `directory` at the end.

    After an exception `directory` is unchanged. Files named in `replaced` are removed first, so
    that no output of an earlier job remains.
    """
    aside = Path(tempfile.mkdtemp(prefix=".incoming-", dir=directory))
    try:
        yield aside
        paths = sorted(path for path in aside.rglob("*") if path.is_file())
        for name in replaced:
            (directory / name).unlink(missing_ok=True)
        for path in paths:
            target = directory / path.relative_to(aside)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    finally:
        shutil.rmtree(aside)


def make_output_directory(directory: Path) -> Path:
    """Make the output directory. Raises UserError when it is not writable."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        raise UserError(
            f"nothing can be written to {directory}: {error.strerror}", "choose another --output"
        ) from error
