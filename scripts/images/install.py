"""What the first stages of every image run, inside the build: needs the base's Python, no more.

`install.py dependencies PATTERN...` fills /opt/tandem with the packages of
wheelhouse/requirements.lock, without unused files; what a pattern of UNUSED names here is kept.
`install.py pip` adds pip as an archive, which script mode runs for a requirements.txt.
`install.py sources PACKAGE...` removes the byte code of packages that only some scripts import.
`install.py packages FOLDER...` builds our own packages into /opt/code, a layer laid over it.
Packages come from ./wheelhouse when there are wheels in it (`make build` puts them there), else
from the index. Every package that is not ours is checked against the hash in its lock.
"""

import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

PREFIX = Path("/opt/tandem")
CODE = Path("/opt/code")
WHEELHOUSE = Path("wheelhouse").resolve()
TOOLS = Path("tools").resolve()

# Packages nothing imports. pip does not know of them either, and brings them to a script that does.
ABSENT = ("fsspec", "prettytable", "wcwidth")
# Nothing imports these at run time: the packages' own tests, what only a compiler or a type
# checker reads, what skops draws tables and cards with, scikit-learn's sample pictures and tables,
# of Dask its arrays, frames, dashboard and remote files, and of pyarrow what is neither Parquet nor
# an Arrow stream: clients of stores and services, and each library's second copy.
UNUSED = (
    "**/tests",
    *(f"pyarrow/{part}" for part in ("include", "includes", "src", "libarrow_python.so")),
    *(
        f"pyarrow/*{part}*.so*"
        for part in ("flight", "s3", "gcsfs", "azurefs", "hdfs", "orc", "encryption", "cpp_tests")
    ),
    "pyarrow/libarrow_python.so.*.*.*",
    *("joblib/test", "tornado/test", "scipy/**/_test_*.so", "scipy/ndimage/_c*test.*.so"),
    *("numpy/distutils", "numpy/random/_examples", "numpy/random/lib"),
    *(f"numpy/_core/{part}" for part in ("include", "lib", "_simd.*.so", "_*_tests.*.so")),
    *("skops/card", "skops/cli"),
    *(f"dask/{part}" for part in ("array", "bag", "dataframe")),
    *(f"distributed/{part}" for part in ("http/static", "dashboard", "cli")),
    *(f"{package}{part}" for package in ABSENT for part in ("", "-*")),
    "sklearn/datasets/data",
    "sklearn/datasets/images",
    "sklearn/datasets/descr",
    *(f"**/*.{ending}" for ending in ("pyi", "pxd", "pyx", "h", "c", "cpp", "tp", "build", "pxi")),
)


def install_dependencies(kept: Collection[str] = ()) -> None:
    """Install the tools aside, then the locked packages alone into the prefix."""
    create_environment(TOOLS)
    run([*bootstrap_pip(), "--python", TOOLS / "bin/python3", *list_pip_arguments("tools.lock")])
    create_environment(PREFIX)
    run(
        [
            TOOLS / "bin/pip",
            "--python",
            PREFIX / "bin/python3",
            *list_pip_arguments("requirements.lock"),
        ]
    )
    for path in list(find_unused(PREFIX, kept)):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in PREFIX.rglob("*.so*"):
        if not path.is_symlink():
            path.write_bytes(drop_debug_sections(path.read_bytes()))
    for libraries in PREFIX.glob("lib/python3.*/site-packages"):
        link_duplicates(sorted(libraries.glob("*.libs/*.so*")))
    compile_bytecode(PREFIX)


def keep_pip() -> None:
    """Write the tools' pip into the prefix, as one archive that Python can run."""
    (site,) = TOOLS.glob("lib/python3.*/site-packages")
    archive_pip(site, PREFIX / "share/tandem/pip.zip")


def archive_pip(site: Path, archive: Path) -> None:
    """Write the package pip of a site-packages folder into one archive: `python ARCHIVE/pip`."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted((site / "pip").rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ".exe"}:
                packed.write(path, path.relative_to(site))


def keep_sources(names: Sequence[str]) -> None:
    """Remove the byte code of packages: it takes as much room as their sources."""
    for site in PREFIX.glob("lib/python3.*/site-packages"):
        for name in names:
            for cache in list((site / name).rglob("__pycache__")):
                shutil.rmtree(cache)


def install_packages(folders: Sequence[str]) -> None:
    """Build wheels of our own packages and install them, without their dependencies."""
    offline = ["--no-deps", "--no-index"]
    build = ["wheel", "--quiet", *offline, "--no-build-isolation", "--wheel-dir", "dist"]
    run([TOOLS / "bin/pip", *build, *(f"./{folder}" for folder in folders)])
    wheels = sorted(Path("dist").glob("*.whl"))
    pip: list[str | Path] = [TOOLS / "bin/pip", "--python", PREFIX / "bin/python3"]
    run([*pip, "install", "--quiet", *offline, "--no-compile", "--prefix", CODE, *wheels])
    compile_bytecode(CODE)


def bootstrap_pip() -> list[str | Path]:
    """Return the pip to begin with: the wheelhouse's, run from its wheel, or the base's own."""
    for wheel in WHEELHOUSE.glob("pip-*.whl"):
        return [sys.executable, wheel / "pip"]
    return [sys.executable, "-m", "pip"]


def create_environment(folder: Path) -> None:
    """Make an environment that holds nothing yet, not even pip."""
    run([sys.executable, "-m", "venv", "--without-pip", folder])


def list_pip_arguments(lock: str) -> list[str | Path]:
    """Return pip's arguments to install a lock file exactly."""
    quiet = ["--quiet", "--no-cache-dir", "--no-compile", "--root-user-action=ignore"]
    exact = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    source = ["--no-index", f"--find-links={WHEELHOUSE}"] if any(WHEELHOUSE.glob("*.whl")) else []
    return ["install", *quiet, *exact, *source, "--requirement", WHEELHOUSE / lock]


def find_unused(prefix: Path, kept: Collection[str] = ()) -> Iterator[Path]:
    """Find what the image can do without; `kept` are patterns of UNUSED that it needs."""
    for site in prefix.glob("lib/python3.*/site-packages"):
        for pattern in UNUSED:
            if pattern not in kept:
                yield from site.glob(pattern)


def drop_debug_sections(library: bytes) -> bytes:
    """Remove the bytes after the segments of a 64-bit ELF file: symbols for a debugger.

    The loader reads the program headers alone (System V ABI, "Program Loading").
    """
    if not library.startswith(b"\x7fELF\x02\x01"):
        return library
    (headers,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    places = range(headers, headers + size * count, size)
    segments = [struct.unpack_from("<Q16xQ", library, place + 8) for place in places]
    cut = bytearray(library[: max([headers + size * count, *map(sum, segments)])])
    struct.pack_into("<Q", cut, 40, 0)
    struct.pack_into("<HHH", cut, 58, 0, 0, 0)
    return bytes(cut)


def link_duplicates(libraries: Iterable[Path]) -> None:
    """Replace duplicates of a library in several packages by links to the first one."""
    first: dict[tuple[str, bytes], Path] = {}
    for path in libraries:
        found = first.setdefault((path.name, path.read_bytes()), path)
        if found is not path:
            path.unlink()
            path.symlink_to(Path("..", found.parent.name, found.name))


def compile_bytecode(prefix: Path) -> None:
    """Compile every module, so that a read-only container starts as fast as any other."""
    places = [f"-s{prefix}", f"-p{PREFIX}", f"{prefix}/lib"]
    run([PREFIX / "bin/python3", "-m", "compileall", "-q", "-j0", *places])


def run(command: Sequence[str | Path]) -> None:
    """Run one step of the build; raises CalledProcessError, which ends the build."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "dependencies":
        install_dependencies(arguments)
    elif verb == "pip":
        keep_pip()
    elif verb == "sources":
        keep_sources(arguments)
    else:
        install_packages(arguments)
