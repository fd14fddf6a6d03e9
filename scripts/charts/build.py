"""Bundle the charting library of the console: `make charts`, a step of `make setup` too.

`package.json` names the version of Apache ECharts and `entry.mjs` the parts of it. npm installs
them by the lock's hashes, and esbuild makes one file of them, beside the licences of what is in it.
Without npm there are no charts, and the pages say so. With a new version:
`npm install --package-lock-only --omit-lockfile-registry-resolved` in a copy.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
ASSETS = Path(__file__).parents[2] / "local_test/service/console/assets"
BUNDLE = ASSETS / "echarts.min.js"
_INPUTS = ("package.json", "package-lock.json", "entry.mjs")
_LICENCES = {
    "echarts/LICENSE": "echarts.LICENSE.txt",
    "echarts/NOTICE": "echarts.NOTICE.txt",
    "zrender/LICENSE": "zrender.LICENSE.txt",
    "tslib/LICENSE.txt": "tslib.LICENSE.txt",
}


def write_banner() -> str:
    """Return the first line of the bundle: what is in it, by the lock."""
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    names = ("echarts", "zrender", "tslib")
    versions = ", ".join(f"{name} {lock[f'node_modules/{name}']['version']}" for name in names)
    return f"/* {versions}; built by scripts/charts/build.py, licences beside this file */"


def is_current() -> bool:
    """Return whether the bundle is there, of the versions in the lock, with its licences."""
    if not all(path.is_file() for path in (BUNDLE, *(ASSETS / one for one in _LICENCES.values()))):
        return False
    with BUNDLE.open(encoding="utf-8") as bundle:
        return bundle.readline().rstrip("\n") == write_banner()


def main() -> None:
    """Write the bundle and the licences, unless they are current or npm is missing."""
    if is_current():
        return
    if shutil.which("npm") is None:
        print("npm is not installed: the console has no charts until you run `make charts` with it")
        return
    print("Bundling the console's charts ...", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in _INPUTS:
            shutil.copy(FOLDER / name, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        command = [
            *("node_modules/.bin/esbuild", "entry.mjs", "--bundle", "--minify", "--format=iife"),
            *(
                "--target=es2020",
                "--log-level=warning",
                "--legal-comments=none",
                f"--banner:js={write_banner()}",
            ),
            f"--outfile={BUNDLE}",
        ]
        subprocess.run(command, cwd=folder, check=True)
        for name, copy in _LICENCES.items():
            shutil.copy(folder / "node_modules" / name, ASSETS / copy)


if __name__ == "__main__":
    main()
