"""Fills build/wheelhouse/NAME, or NAME.VARIANT, with the wheels an image is locked to.

The host's own pip fetches them, outside the image's build: the host's index, proxy and certificate
authority serve as they are configured, and none of them can end up in a layer.

python -m scripts.lock.wheelhouse [--platform P] [--variant V] [NAME...]
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from scripts.checkout.shell import ROOT, run, run_script, say
from scripts.checkout.variants import PLAIN, Variant, add_options, choose_images, choose_variant
from scripts.lock import lock_file

PYTHON = "3.11"


def main() -> None:
    """Fill the wheelhouses of the named images, or of all that have this form."""
    parser = argparse.ArgumentParser(description="Fetch the wheels that images are locked to.")
    add_options(parser)
    asked = parser.parse_args()
    variant = choose_variant(asked.platform, asked.variant)
    for name in choose_images(asked.names, variant):
        house = fill_wheelhouse(name, variant)
        files = list(house.iterdir())
        size = sum(file.stat().st_size for file in files) / 1e6
        say(f"{house.relative_to(ROOT)}: {len(files)} wheels, {size:.0f} MB.")


def fill_wheelhouse(name: str, variant: Variant = PLAIN) -> Path:
    """Make the wheelhouse of one image hold its locked wheels and nothing else.

    A wheel that is present with the right hash is not downloaded again. Raises Failure when pip
    fails.
    """
    house = ROOT / f"build/wheelhouse/{name}{variant.dotted}"
    house.mkdir(parents=True, exist_ok=True)
    locks = (ROOT / "containers/tools.lock", variant.find_lock(name))
    missing = remove_unpinned(house, [pin for lock in locks for pin in lock_file.read_pins(lock)])
    if missing:
        say(f"Fetching {len(missing)} wheels into {house.relative_to(ROOT)} ...")
        download(missing, house, variant)
    return house


def remove_unpinned(house: Path, wanted: Iterable[lock_file.Pin]) -> list[lock_file.Pin]:
    """Remove files that no pin names; return the pins without a file."""
    missing = {pin.hashes: pin for pin in wanted}
    for path in house.iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found = next((hashes for hashes in missing if digest in hashes), None)
        if found:
            del missing[found]
        else:
            path.unlink()
    return list(missing.values())


def download(missing: Iterable[lock_file.Pin], house: Path, variant: Variant = PLAIN) -> None:
    """Fetch wheels for the image's platform, whatever the host is; every hash is checked."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, "missing.lock")
        lock.write_text("".join(f"{pin.text}\n" for pin in missing))
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        target = ["--python-version", PYTHON, "--implementation", "cp", "--only-binary=:all:"]
        platforms = [f"--platform={tag}" for tag in variant.wheel_tags]
        exact = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
        run([*pip, *target, *platforms, *exact, "--dest", str(house)])


if __name__ == "__main__":
    run_script(main)
