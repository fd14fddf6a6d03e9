"""What a machine needs to run the local SageMaker, checked one by one for `doctor`."""

import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from local_test import settings
from local_test.engines.image_names import OWN_IMAGES, find_program, to_image_reference
from local_test.errors import LocalError, UserError
from local_test.release import read_version

_DISTRIBUTION = "tandem-local"
_SERVICE = {"extra": "service"}
_SERVICE_MODULES = ("boto3", "moto", "optuna", "duckdb", "pyarrow", "sqlglot")
_VERSION_LABEL = "org.opencontainers.image.version"
_OWN_PACKAGES = (
    *(f"tandem-{name}" for name in OWN_IMAGES),
    "tandem-compat",
    "tandem-runtime",
)
_LEAST_FREE = 5 << 30
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_LOCAL = ("127.0.0.1", "localhost", "*")


class CheckResult(StrEnum):
    """The result of a check: a problem keeps a part from working, a warning may."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """The result of a check in a sentence, with the command or change that mends it."""

    name: str
    result: CheckResult
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What is checked: the service's state directory and port, and the environment variables."""

    state: Path
    port: int
    variables: Mapping[str, str]


def check_environment(found: Surroundings) -> list[Finding]:
    """Run all checks and return their results, in the order of `CHECKS`."""
    return [finding for check in CHECKS for finding in check(found)]


def _check_version(_: Surroundings) -> list[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    return [_ok("version", f"local-sagemaker {read_version()} on Python {python}")]


def _check_packages(_: Surroundings) -> list[Finding]:
    declared = [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or ()]
    needed = [one for one in declared if one.marker is None or one.marker.evaluate(_SERVICE)]
    found = {one.name: _read_version_of(one.name) for one in needed}
    missing = [name for name, version in found.items() if version is None or not _has_module(name)]
    unfit = [
        f"{one.name} {version} (needs {one.specifier})"
        for one in needed
        if (version := found[one.name]) and not one.specifier.contains(version, prereleases=True)
    ]
    findings = [_check_own_versions()]
    if missing:
        what = f"missing packages: {', '.join(missing)}"
        return [_problem("packages", what, f"pip install '{_DISTRIBUTION}[service]'"), *findings]
    if unfit:
        remedy = f"pip install --upgrade '{_DISTRIBUTION}[service]'"
        return [_problem("packages", f"unsuitable packages: {', '.join(unfit)}", remedy), *findings]
    detail = f"all {len(found)} packages of the extra `service` are installed and fit"
    return [_ok("packages", detail), *findings]


def _check_own_versions() -> Finding:
    """Compare Tandem's other packages, which the process engine runs, with this one."""
    own = read_version()
    found = {name: _read_version_of(name) for name in _OWN_PACKAGES}
    others = [f"{name} {version}" for name, version in found.items() if version not in {None, own}]
    if not others:
        return _ok("versions", f"Tandem's installed packages have version {own}")
    remedy = f"pip install --upgrade '{_DISTRIBUTION}[programs]' (in a checkout: `make setup`)"
    return _warn("versions", f"{', '.join(others)} beside {_DISTRIBUTION} {own}", remedy)


def _has_module(distribution: str) -> bool:
    """Return whether the module of a package is there, if it is one of those with its name."""
    return distribution not in _SERVICE_MODULES or find_spec(distribution) is not None


def _read_version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _check_docker(_: Surroundings) -> list[Finding]:
    from local_test.engines.docker_engine.client import connect
    from local_test.engines.docker_engine.image_inspection import list_image_labels

    try:
        with connect(settings.read_settings()) as client:
            version = client.version()["Version"]
            tags = list_image_labels(client)
    except LocalError as error:
        what, _semicolon, remedy = str(error).partition("; ")
        return [Finding("docker", CheckResult.WARNING, what, remedy), *_check_programs()]
    own = read_version()
    missing = [name for name in OWN_IMAGES if to_image_reference(name) not in tags]
    images = _ok("images", f"Docker has {', '.join(map(to_image_reference, OWN_IMAGES))}")
    if missing:
        lacking = ", ".join(map(to_image_reference, missing))
        images = _warn("images", f"Docker has no image {lacking}", "local-sagemaker images")
    else:
        tagged = {name: tags[to_image_reference(name)].get(_VERSION_LABEL) for name in OWN_IMAGES}
        others = [f"{name} {one}" for name, one in tagged.items() if one not in {None, own}]
        if others:
            what = f"images of another version than {own}: {', '.join(others)}"
            images = _warn("images", what, "local-sagemaker images --again")
    return [_ok("docker", f"Docker {version} is running"), images]


def _check_programs() -> list[Finding]:
    missing = []
    for name in OWN_IMAGES:
        try:
            find_program(name, settings.read_settings())
        except UserError:
            missing.append(f"tandem-{name}")
    if not missing:
        return [_ok("programs", "the process engine finds the programs of all images")]
    remedy = "pip install 'tandem-local[programs]' (in a checkout: `make setup`)"
    return [_warn("programs", f"missing programs: {', '.join(missing)}", remedy)]


def _check_disk(found: Surroundings) -> list[Finding]:
    folder = next(one for one in (found.state, *found.state.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:.1f} GiB free at {folder}"
    if free >= _LEAST_FREE:
        return [_ok("disk", detail)]
    return [_warn("disk", f"only {detail}", "local-sagemaker prune; docker image prune")]


def _check_state(found: Surroundings) -> list[Finding]:
    folder = next(one for one in (found.state, *found.state.absolute().parents) if one.exists())
    if folder.is_dir() and settings.is_writable(folder):
        return [_ok("state", f"{found.state} can be written")]
    remedy = "choose another directory with --state"
    return [_problem("state", f"{found.state} cannot be written", remedy)]


def _check_port(found: Surroundings) -> list[Finding]:
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", found.port)) == 0
    if not taken:
        return [_ok("port", f"127.0.0.1:{found.port} is free")]
    remedy = "see `local-sagemaker status`; choose another one with `up --port`"
    return [_warn("port", f"127.0.0.1:{found.port} is in use", remedy)]


def _check_proxy(found: Surroundings) -> list[Finding]:
    def read(name: str) -> str:
        return found.variables.get(name) or found.variables.get(name.lower(), "")

    used = [name for name in _PROXIES if read(name)]
    excluded = {host.strip() for host in read("NO_PROXY").split(",")}
    if not used or excluded & set(_LOCAL):
        return [_ok("proxy", "requests to 127.0.0.1 bypass proxies" if used else "no proxy is set")]
    return [
        _warn(
            "proxy",
            f"{', '.join(used)} would take requests to 127.0.0.1",
            "export NO_PROXY=127.0.0.1,localhost, or use `local-sagemaker run`",
        )
    ]


def _ok(name: str, detail: str) -> Finding:
    return Finding(name, CheckResult.OK, detail)


def _warn(name: str, detail: str, remedy: str) -> Finding:
    return Finding(name, CheckResult.WARNING, detail, remedy)


def _problem(name: str, detail: str, remedy: str) -> Finding:
    return Finding(name, CheckResult.PROBLEM, detail, remedy)


CHECKS: tuple[Callable[[Surroundings], list[Finding]], ...] = (
    _check_version,
    _check_packages,
    _check_docker,
    _check_disk,
    _check_state,
    _check_port,
    _check_proxy,
)
"""The checks, in the order in which they are printed."""
