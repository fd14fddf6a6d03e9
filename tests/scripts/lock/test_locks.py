"""The lock files of this checkout: every package by hash, one version of each everywhere."""

from pathlib import Path

import pytest

from scripts.checkout import variants
from scripts.checkout.shell import ROOT
from scripts.checkout.variants import VARIANTS
from scripts.lock import lock_file

CHECKOUT = ROOT / "requirements.lock"
UNTESTED = {
    str(variant.find_lock(name)): variant.untested
    for variant in VARIANTS
    for name in variants.choose_images([], variant)
}
IMAGES = sorted(ROOT.glob("containers/*/requirements*.lock"))
LOCKS = [CHECKOUT, ROOT / "containers/tools.lock", *IMAGES]


def label(lock: Path) -> str:
    return str(lock.relative_to(ROOT))


@pytest.mark.parametrize("lock", LOCKS, ids=label)
def test_every_requirement_has_a_hash(lock: Path) -> None:
    assert [pin.name for pin in lock_file.read_pins(lock) if not pin.hashes] == []


@pytest.mark.parametrize("lock", IMAGES, ids=label)
def test_an_image_runs_the_versions_that_the_checkout_tests(lock: Path) -> None:
    tested = {pin.name: pin.version for pin in lock_file.read_pins(CHECKOUT)}
    locked = {pin.name: pin.version for pin in lock_file.read_pins(lock)}
    untested = UNTESTED[str(lock)]
    assert untested <= locked.keys()
    assert {name for name in locked if tested.get(name) != locked[name]} == untested


@pytest.mark.parametrize("lock", IMAGES, ids=label)
def test_an_image_locks_what_it_asks_for_on_its_one_platform(lock: Path) -> None:
    locked = lock_file.read_pins(lock)
    assert [pin.name for pin in locked if pin.marker] == []
    assert {"flask", "gunicorn", "numpy"} <= {pin.name for pin in locked}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", {"xgboost-cpu"}),
        (".arm64", {"xgboost-cpu"}),
        (".gpu", {"xgboost", "nvidia-nccl-cu12"}),
    ],
)
def test_only_the_form_for_gpus_comes_with_cuda(form: str, expected: set[str]) -> None:
    lock = ROOT / f"containers/xgboost/requirements{form}.lock"
    names = {pin.name for pin in lock_file.read_pins(lock)}
    assert {name for name in names if name.startswith(("nvidia", "xgboost"))} == expected


def test_every_form_of_the_booster_has_one_version_of_xgboost() -> None:
    locks = ROOT.glob("containers/xgboost/requirements*.lock")
    found = {
        pin.version for lock in locks for pin in lock_file.read_pins(lock) if "xgboost" in pin.name
    }
    assert len(found) == 1


BUILDERS = {"pip", "hatchling", "setuptools"}


def test_pip_and_the_builder_stay_out_of_the_images() -> None:
    for lock in IMAGES:
        # Users install packages into the general image.
        kept_out = {"hatchling"} if lock.parent.name == "python" else BUILDERS
        assert not kept_out & {pin.name for pin in lock_file.read_pins(lock)}
