"""Make a base image from Debian's own packages, where no registry of images can be reached.

The like of a slim Debian image with Python: debootstrap's minimal variant and python3 without pip,
with the security updates, without manuals, translations and package lists.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from scripts.checkout.shell import Failure, read_output, run, run_script, say

IMAGE = "tandem-base:bookworm"
SUITE = "bookworm"

# Relative to the image's root. The last four are the host's own, copied there by debootstrap.
UNWANTED = (
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/lintian/*",
    "usr/share/bash-completion/*",
    "var/cache/apt/*",
    "var/cache/debconf/*-old",
    "var/cache/ldconfig/*",
    "var/lib/apt/lists/*",
    "var/lib/dpkg/*-old",
    "var/log/*",
    "tmp/*",
    "etc/resolv.conf",
    "etc/hostname",
    "etc/machine-id",
    "etc/apt/apt.conf.d/*proxy*",
)


def make_image() -> None:
    """Build the image. Raises Failure when a prerequisite is missing."""
    check_requirements()
    started = time.monotonic()
    say(f"Making {IMAGE} from Debian's packages (about half a minute) ...")
    with tempfile.TemporaryDirectory(prefix="tandem-base-") as folder:
        root = Path(folder, "root")
        try:
            bootstrap(root)
            update(root)
            trim(root)
            load(root)
        finally:
            unmount(root)
    size = int(read_output(["docker", "image", "inspect", "--format={{.Size}}", IMAGE]) or 0)
    say(f"{IMAGE}: {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s.")


def check_requirements() -> None:
    """Raise Failure when root's rights, debootstrap or a Docker engine are missing."""
    if os.geteuid() != 0:
        raise Failure("debootstrap needs root's rights: run 'sudo make base-image'.")
    if shutil.which("debootstrap") is None:
        raise Failure("debootstrap is not installed: run 'apt-get install debootstrap'.")
    if read_output(["docker", "version"]) is None:
        raise Failure("Docker is not running: start it, for example with 'dockerd'.")


def bootstrap(root: Path) -> None:
    """Unpack and configure the minimal system."""
    command = ["debootstrap", "--variant=minbase", "--include=python3", SUITE, str(root)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = "\n".join(ended.stdout.splitlines()[-10:])
        raise Failure(f"{lines}\ndebootstrap ended with code {ended.returncode}.")


def update(root: Path) -> None:
    """Install the security updates; a mirror without them leaves the release as it is."""
    sources = root / "etc/apt/sources.list"
    mirror = sources.read_text().split()[1].rstrip("/")
    release = sources.read_text()
    sources.write_text(f"{release}deb {mirror}-security {SUITE}-security main\n")
    script = "apt-get update -qq -o APT::Update::Error-Mode=any && apt-get upgrade -qq -y"
    environment = ["LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"]
    if read_output(["chroot", str(root), "env", *environment, "sh", "-c", script]) is None:
        sources.write_text(release)
        say("No security updates could be had: the image holds the release as it came out.")


def trim(root: Path) -> None:
    """Remove what a container never reads; licences stay."""
    for pattern in UNWANTED:
        for path in root.glob(pattern):
            remove(path)
    for path in root.glob("usr/share/doc/*/*"):
        if path.name != "copyright":
            remove(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def load(root: Path) -> None:
    """Load the file tree into the Docker engine."""
    excluded = [f"--exclude=./{folder}/*" for folder in ("dev", "proc", "sys")]
    archive = ["tar", "--numeric-owner", *excluded, "-C", str(root), "-c", "."]
    changes = ["--change", 'CMD ["python3"]', "--change", "ENV LANG=C.UTF-8"]
    with subprocess.Popen(archive, stdout=subprocess.PIPE) as tar:
        command = ["docker", "import", "--message", "debootstrap", *changes, "-", IMAGE]
        loaded = subprocess.run(command, stdin=tar.stdout, stdout=subprocess.DEVNULL, check=False)
    if tar.returncode or loaded.returncode:
        raise Failure(f"The Docker engine did not take {IMAGE}: see the lines above.")


def unmount(root: Path) -> None:
    """Undo what an interrupted debootstrap leaves mounted, before the tree is removed."""
    for folder in ("proc", "sys"):
        if (root / folder).is_mount():
            run(["umount", "--lazy", str(root / folder)])


if __name__ == "__main__":
    run_script(make_image)
