"""Results appear all at once: they are made aside and take their places only at a clean end."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test.errors import UserError


@contextmanager
def write_atomically(directory: Path, replaced: Iterable[str] = ()) -> Iterator[Path]:
    """Return a private folder whose files move into `directory` at the end.

    After an exception nothing has changed there. Files named in `replaced` that were not made again
    are removed, so that no result of an earlier job stands beside this one's.
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
    """Make the output directory before any work is done; where that fails it is a UserError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        raise UserError(
            f"nothing can be written to {directory}: {error.strerror}", "choose another --output"
        ) from error
