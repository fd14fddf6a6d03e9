"""The report that an image writes into a job's output data."""

import tarfile
from pathlib import Path, PurePosixPath

from local_test.errors import UserError

REPORT = "report.html"


def find_report(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """Return the report of `output.tar.gz`: of several the first by name, None without one."""
    found = [
        member
        for member in archive
        if member.isfile() and PurePosixPath(member.name).name == REPORT
    ]
    return min(found, key=lambda member: member.name, default=None)


def read_report(output: Path) -> bytes:
    """Return the report of `output.tar.gz`.

    Raises UserError when the archive cannot be read or has no report.
    """
    try:
        with tarfile.open(output) as archive:
            member = find_report(archive)
            content = None if member is None else archive.extractfile(member)
            if content is None:
                raise UserError(f"{output} has no {REPORT}")
            return content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(f"{output} cannot be read: {error}", "run the job again") from error
