"""The folder in which a job's own program starts in a container.

On SageMaker programs are root and write where they start. Here they have the caller's user id, so
`/`, where an image without a WORKDIR starts, is closed to them.
"""

from collections.abc import Sequence

_WRITABLE = "/tmp"  # noqa: S108


def choose_folder(entrypoint: Sequence[str] | None, user: str | None, folder: str) -> str | None:
    """Return where an entrypoint starts, None for the image's own folder.

    `user` is "uid:gid", None for the image's user; `folder` is the image's WORKDIR. A program that
    the entrypoint names by a relative path is found in the image's folder alone.
    """
    root = user is None or user.partition(":")[0] in {"0", "root"}
    if entrypoint is None or root or folder not in {"", "/"}:
        return None
    paths = [word for word in entrypoint if "/" in word or word.endswith((".py", ".sh"))]
    relative = any(not word.startswith("/") for word in paths)
    return None if relative else _WRITABLE
