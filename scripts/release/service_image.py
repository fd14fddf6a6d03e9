"""Build the image of the local SageMaker itself: `make build-service`.

It holds the wheels of `make dist`, and the packages that they need at the versions of
requirements.lock. The host's pip fetches these outside the build, as for the other images.
"""

import argparse
import shutil
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.checkout.project import describe_revision, read_version
from scripts.checkout.shell import ROOT, Failure, run, run_script, say
from scripts.images.build import choose_base
from scripts.lock import lock_file, wheelhouse
from scripts.release import wheels

CONTEXT = ROOT / "build/service"
PACKAGE = "tandem-local[programs,redis,service]"
_PROJECTS = [
    tomllib.loads((folder / "pyproject.toml").read_text())["project"] for folder in wheels.PROJECTS
]
_OURS: dict[str, dict[str, Any]] = {project["name"]: project for project in _PROJECTS}
_TARGET = {"python_version": wheelhouse.PYTHON, "sys_platform": "linux", "extra": ""}


def main() -> None:
    """Fill the build context and build the image."""
    parser = argparse.ArgumentParser(description="Build the image of the local SageMaker.")
    parser.add_argument("--base-image", help="an image with Python 3.11")
    parser.add_argument("--tag", default="tandem-service", help="name of the image")
    arguments = parser.parse_args()
    base = arguments.base_image or choose_base()
    say(f"Base image: {base}")
    fill_context(CONTEXT)
    values = {"BASE_IMAGE": base, "VERSION": read_version(), "REVISION": describe_revision()}
    run(
        [
            *("docker", "build", f"--file={ROOT / 'deploy/service/Dockerfile'}"),
            *(f"--build-arg={key}={value}" for key, value in values.items()),
            *(f"--tag={arguments.tag}:{tag}" for tag in (read_version(), "latest")),
            str(CONTEXT),
        ]
    )


def fill_context(folder: Path) -> None:
    """Write our wheels, the locked wheels that they need, and their lock into a folder."""
    names = set(list_needed(PACKAGE))
    pins = [pin for pin in lock_file.read_pins(ROOT / "requirements.lock") if pin.name in names]
    lacking = names - {pin.name for pin in pins}
    if lacking:
        raise Failure(f"requirements.lock lacks {', '.join(sorted(lacking))}: run 'make lock'.")
    house = folder / "wheels"
    house.mkdir(parents=True, exist_ok=True)
    tools = lock_file.read_pins(ROOT / "containers/tools.lock")
    pip = [pin for pin in tools if pin.name == "pip"]
    missing = wheelhouse.remove_unpinned(house, [*pins, *pip])
    if missing:
        say(f"Fetching {len(missing)} wheels ...")
        wheelhouse.download(missing, house)
    (wheel,) = house.glob("pip-*.whl")
    shutil.copy(wheel, folder / "pip.whl")
    (folder / "requirements.lock").write_text("".join(f"{pin.text}\n" for pin in pins))
    wheels.build(folder / "dist")


def list_needed(wanted: str) -> Iterator[str]:
    """Yield the names of all packages that a requirement needs in the image, but for our own.

    What a package needs is read from the one that is installed here, at the locked version; what
    ours need, from the checkout.
    """
    seen, waiting = set[tuple[str, str]](), [Requirement(wanted)]
    while waiting:
        found = waiting.pop()
        name = canonicalize_name(found.name)
        for extra in ("", *sorted(found.extras)):
            if (name, extra) in seen or not _applies(found, ""):
                continue
            seen.add((name, extra))
            if not extra and name not in _OURS:
                yield name
            waiting += _list_requirements(name, extra)


def _list_requirements(name: str, extra: str) -> Iterator[Requirement]:
    if name in _OURS:
        project = _OURS[name]
        extras = project.get("optional-dependencies", {})
        yield from map(Requirement, extras[extra] if extra else project["dependencies"])
        return
    try:
        lines = requires(name) or []
    except PackageNotFoundError as error:
        raise Failure(f"{name} is not installed here: run 'make setup'.") from error
    for line in lines:
        one = Requirement(line)
        plain = _applies(one, "")
        if plain if not extra else not plain and _applies(one, extra):
            yield one


def _applies(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({**_TARGET, "extra": extra})


if __name__ == "__main__":
    run_script(main)
