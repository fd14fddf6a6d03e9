"""What the scripts know of this checkout: its images, its version, its revision."""

import re
from pathlib import Path

from scripts.checkout.shell import ROOT, Failure, read_output


def list_images(root: Path = ROOT) -> list[str]:
    """Return the names of all images: the folders of containers/ that have a Dockerfile."""
    return sorted(path.parent.name for path in root.glob("containers/*/Dockerfile"))


def require_image(name: str, root: Path = ROOT) -> str:
    """Return the name back when there is such an image, and raise Failure when there is not."""
    if name not in list_images(root):
        known = ", ".join(list_images(root))
        raise Failure(f"containers/{name}/Dockerfile does not exist; the images are {known}.")
    return name


def read_version(root: Path = ROOT) -> str:
    """Read the one place that holds the version."""
    source = root / "containers/runtime/tandem/_version.py"
    found = re.search(r'^__version__ = "(.+)"$', source.read_text(), re.MULTILINE)
    if not found:
        raise Failure(f'{source} has no line of the form __version__ = "1.2.3".')
    return found[1]


def is_dirty(root: Path = ROOT) -> bool:
    """Return whether the checkout differs from its commit (untracked files count)."""
    return read_output(["git", "status", "--porcelain"], root) != ""


def read_commit(root: Path = ROOT) -> str | None:
    """Return the current commit of the checkout, None without one."""
    return read_output(["git", "rev-parse", "--verify", "--quiet", "HEAD"], root)


def describe_revision(root: Path = ROOT) -> str:
    """Return the commit, marked '-dirty' when the checkout differs from it; else 'unknown'."""
    found = read_commit(root)
    if found is None:
        return "unknown"
    return f"{found}-dirty" if is_dirty(root) else found
