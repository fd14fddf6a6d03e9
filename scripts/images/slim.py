"""What the images take away from their base, inside the build: needs the base's Python, no more.

An image installs nothing, logs nobody in and mounts nothing. The packages that do go, and with them
their entries in Debian's list of packages, so that scanners and the bill of materials see what is
there. What a remaining package or the base's own Python needs stays, whatever base is chosen.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

DPKG = "var/lib/dpkg"

# Names may end differently in another release of Debian.
UNUSED = (
    *("adduser", "apt", "bsdutils", "debconf", "debian-archive-keyring", "dpkg", "e2fsprogs"),
    *("gpgv", "init-system-helpers", "libapt-pkg*", "libaudit*", "libblkid1", "libcap-ng0"),
    *("libcap2", "libcom-err2", "libext2fs2*", "libgcrypt20", "libgmp10", "libgnutls30*"),
    *("libgpg-error0", "libgssapi-krb5-2", "libhogweed6*", "libidn2-0", "libk5crypto3"),
    *("libkeyutils1", "libkrb5*", "liblz4-1", "libmd0", "libmount1", "libnettle8*", "libnsl2"),
    *("libp11-kit0", "libpam*", "libseccomp2", "libsemanage*", "libsepol2", "libsmartcols1"),
    *("libss2", "libsystemd0", "libtasn1-6", "libtirpc*", "libudev1*", "libunistring*"),
    *("libxxhash0", "libzstd1", "login", "logsave", "mount", "ncurses-bin", "passwd"),
    *("perl-base", "sysvinit-utils", "util-linux*"),
)
# What a package needs to be installed only, and what Python needs for its module nis alone.
NEEDLESS = frozenset({"debconf", "dpkg", "install-info", "libnsl2", "libtirpc3", "tar"})
# Caches and settings of those packages; what dpkg would install and remove by; converters between
# character sets, of which Python has its own; clocks with leap seconds.
LEFTOVERS = (
    *("etc/apt", "etc/pam.d", "usr/share/perl5", "var/cache/*", "var/lib/apt", "var/lib/pam"),
    *(f"{DPKG}/info/*.{part}" for part in ("postinst", "postrm", "preinst", "prerm", "shlibs")),
    *(f"{DPKG}/info/*.{part}" for part in ("symbols", "templates", "triggers")),
    *("usr/lib/*/gconv", "usr/lib/*/perl-base", "usr/share/gcc", "usr/share/zoneinfo/right"),
    *("usr/local/bin/pip*", "usr/local/bin/wheel", "usr/local/lib/python3*/site-packages/*"),
)
# Of Python's own library: what tests it, draws windows, installs packages or asks a NIS server.
LIBRARY = (
    *("ensurepip", "idlelib", "lib-dynload/nis.*", "lib2to3/tests", "pydoc_data", "test"),
    *("tkinter", "turtledemo"),
)


@dataclass(frozen=True)
class Package:
    """One entry of Debian's list: its own text, and the names of what it depends on."""

    name: str
    architecture: str
    text: str
    needs: AbstractSet[str]


def slim(root: Path = Path("/")) -> None:
    """Remove what is unused below a root, and compile the standard library that is left."""
    library = root / sysconfig.get_path("stdlib").lstrip("/")
    purge(root)
    for folder, patterns in ((root, LEFTOVERS), (library, LIBRARY)):
        for path in [found for pattern in patterns for found in folder.glob(pattern)]:
            remove(path)
    others = "site-packages|dist-packages|/lib2to3/"
    compiling = [sys.executable, "-m", "compileall", "-q", "-j0", "-x", others, str(library)]
    subprocess.run(compiling, check=True)


def purge(root: Path) -> None:
    """Remove the unused packages, where Debian's list of them is."""
    status = root / DPKG / "status"
    if status.exists():
        packages = read_packages(status.read_text())
        unused = find_removable(packages)
        remove_files(root, packages, unused)
        kept = (one.text for one in packages if one.name not in unused)
        status.write_text("\n\n".join(kept) + "\n")


def read_packages(status: str) -> list[Package]:
    """Read Debian's list of packages."""
    packages = []
    for text in filter(None, map(str.strip, status.split("\n\n"))):
        fields = dict(re.findall(r"^(\S+): (.*)$", text, re.MULTILINE))
        needs = f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}"
        names = frozenset(re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]*)", needs))
        packages.append(Package(fields["Package"], fields.get("Architecture", ""), text, names))
    return packages


def find_removable(packages: Iterable[Package]) -> AbstractSet[str]:
    """Return the unused packages that no other one needs, directly or indirectly."""
    needs = {one.name: one.needs - NEEDLESS for one in packages}
    unused = {name for name in needs if any(fnmatch(name, pattern) for pattern in UNUSED)}
    while kept := unused & set().union(*(needs[name] for name in needs.keys() - unused)):
        unused -= kept
    return unused


def remove_files(root: Path, packages: Iterable[Package], unused: AbstractSet[str]) -> None:
    """Remove the files that only unused packages own, the emptied folders and dpkg's notes."""
    gone: set[Path] = set()
    kept: set[Path] = set()
    for package in packages:
        files = list_owned_paths(root, package)
        (gone if package.name in unused else kept).update(files)
        if package.name in unused:
            for path in find_dpkg_notes(root, package):
                path.unlink()
    for path in sorted(gone - kept, reverse=True):
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def find_dpkg_notes(root: Path, package: Package) -> list[Path]:
    """Find what dpkg keeps beside its list about one package."""
    names = (package.name, f"{package.name}:{package.architecture}")
    folder = root / DPKG / "info"
    return [path for name in names for path in folder.glob(f"{name}.*")]


def list_owned_paths(root: Path, package: Package) -> Iterable[Path]:
    """Return the paths a package brought, by one name each: /bin is a link to /usr/bin."""
    for path in find_dpkg_notes(root, package):
        if path.suffix == ".list":
            for line in path.read_text().splitlines():
                place = root / line.lstrip("/")
                yield place.parent.resolve() / place.name


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    slim()
