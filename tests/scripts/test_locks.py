"""The lock files of this checkout: every package by hash, one version of each everywhere."""

from pathlib import Path

import pytest

from scripts import pins
from scripts.commands import ROOT

CHECKOUT = ROOT / "requirements.lock"
IMAGES = sorted(ROOT.glob("containers/*/requirements.lock"))
LOCKS = [CHECKOUT, ROOT / "containers/tools.lock", *IMAGES]


def label(lock: Path) -> str:
    return str(lock.relative_to(ROOT))


@pytest.mark.parametrize("lock", LOCKS, ids=label)
def test_every_requirement_has_a_hash(lock: Path) -> None:
    assert [pin.name for pin in pins.read(lock) if not pin.hashes] == []


@pytest.mark.parametrize("lock", IMAGES, ids=label)
def test_an_image_runs_the_versions_that_the_checkout_tests(lock: Path) -> None:
    tested = {pin.name: pin.version for pin in pins.read(CHECKOUT)}
    assert {pin.name: pin.version for pin in pins.read(lock)}.items() <= tested.items()


@pytest.mark.parametrize("lock", IMAGES, ids=label)
def test_an_image_locks_what_it_asks_for_on_its_one_platform(lock: Path) -> None:
    locked = pins.read(lock)
    assert [pin.name for pin in locked if pin.marker] == []
    assert {"flask", "gunicorn", "numpy"} <= {pin.name for pin in locked}


def test_the_booster_comes_without_cuda() -> None:
    names = {pin.name for pin in pins.read(ROOT / "containers/xgboost/requirements.lock")}
    assert {name for name in names if name.startswith(("nvidia", "xgboost"))} == {"xgboost-cpu"}


def test_pip_and_the_builder_stay_out_of_the_images() -> None:
    for lock in IMAGES:
        assert not {"pip", "hatchling", "setuptools"} & {pin.name for pin in pins.read(lock)}
