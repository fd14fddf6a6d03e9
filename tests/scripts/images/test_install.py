"""What the images' builder stage makes smaller still works."""

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np

from scripts.images.install import archive_pip, drop_debug_sections, link_duplicates


def test_a_library_loads_without_what_only_a_debugger_reads(tmp_path: Path) -> None:
    (library,) = (Path(np.__file__).parent / "random").glob("_pcg64.*.so")
    whole = library.read_bytes()
    small = drop_debug_sections(whole)
    assert len(small) < len(whole)
    assert drop_debug_sections(small) == small
    (tmp_path / "small.so").write_bytes(small)
    assert hasattr(ctypes.CDLL(str(tmp_path / "small.so")), "PyInit__pcg64")


def test_another_file_stays_as_it_is() -> None:
    script = b"INPUT(libm.so.6)"
    assert drop_debug_sections(script) == script


def test_pip_runs_from_its_archive_for_another_environment(tmp_path: Path) -> None:
    (site,) = Path(sys.prefix).glob("lib/python3.*/site-packages")
    archive_pip(site, tmp_path / "pip.zip")
    command = [sys.executable, "-I", str(tmp_path / "pip.zip" / "pip"), "--python", sys.executable]
    shown = subprocess.run([*command, "show", "numpy"], capture_output=True, text=True, check=True)
    assert f"Version: {np.__version__}" in shown.stdout


def test_packages_share_a_library_they_both_bring_and_no_other(tmp_path: Path) -> None:
    for package, version in (("numpy.libs", b"5.0"), ("scipy.libs", b"5.0"), ("other.libs", b"5")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "libgfortran.so").write_bytes(version)
    link_duplicates(sorted(tmp_path.glob("*.libs/*.so*")))
    assert (tmp_path / "scipy.libs/libgfortran.so").readlink() == Path(
        "../numpy.libs/libgfortran.so"
    )
    found = {path.parent.name: path.read_bytes() for path in tmp_path.rglob("*.so")}
    assert found == {"numpy.libs": b"5.0", "scipy.libs": b"5.0", "other.libs": b"5"}
