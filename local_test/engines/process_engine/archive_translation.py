"""Rewrites programs inside of the source archives that the SageMaker SDK uploads.

Sources: SDK `fw_utils.tar_and_upload_dir` (`sourcedir.tar.gz`) and
`remote_function.core.stored_function` (`workspace.zip`).
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

ARCHIVES = ("sourcedir.tar.gz", "workspace.zip")

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


def translate_archive(
    archive: Path, endings: Sequence[str], translate: Callable[[bytes], bytes]
) -> None:
    """Replace the content of the archive's files whose names end in one of `endings`.

    A damaged archive stays as it is: the program that unpacks it reports it.
    """
    rewritten = archive.with_name(f".{archive.name}.translated")
    rewrite = _rewrite_zip if archive.suffix == ".zip" else _rewrite_tar
    try:
        with suppress(*_DAMAGE):
            rewrite(archive, rewritten, tuple(endings), translate)
            rewritten.replace(archive)
    finally:
        rewritten.unlink(missing_ok=True)


def _rewrite_tar(
    archive: Path, target: Path, endings: tuple[str, ...], translate: Callable[[bytes], bytes]
) -> None:
    with tarfile.open(archive) as source, tarfile.open(target, "w:gz", compresslevel=1) as copy:
        for member in source:
            content = source.extractfile(member) if member.isreg() else None
            if content is not None and member.name.endswith(endings):
                changed = translate(content.read())
                member.size = len(changed)
                content = io.BytesIO(changed)
            copy.addfile(member, content)


def _rewrite_zip(
    archive: Path, target: Path, endings: tuple[str, ...], translate: Callable[[bytes], bytes]
) -> None:
    with (
        zipfile.ZipFile(archive) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for member in source.infolist():
            content = source.read(member)
            changed = translate(content) if member.filename.endswith(endings) else content
            copy.writestr(member, changed)
