"""Bundle the charting library of the console: `python -m scripts.charts.build`.

`package.json` names the version of Apache ECharts and `entry.mjs` the parts of it. npm installs
both, esbuild makes one file of them, and it is committed beside the licences of what is in it.
With a new version: `npm install --package-lock-only --omit-lockfile-registry-resolved` in a copy.
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


def main() -> None:
    """Write the bundle and the licences."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in _INPUTS:
            shutil.copy(FOLDER / name, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True)
        command = [
            *("node_modules/.bin/esbuild", "entry.mjs", "--bundle", "--minify", "--format=iife"),
            *("--target=es2020", "--legal-comments=none", f"--banner:js={write_banner()}"),
            f"--outfile={BUNDLE}",
        ]
        subprocess.run(command, cwd=folder, check=True)
        for name, copy in _LICENCES.items():
            shutil.copy(folder / "node_modules" / name, ASSETS / copy)


if __name__ == "__main__":
    main()
