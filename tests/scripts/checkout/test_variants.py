"""The forms an image is built in, and the wheels each of them is made of."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.checkout import variants
from scripts.checkout.shell import ROOT, Failure
from scripts.checkout.variants import ARM, GPU, PLAIN, SKLEARN, VARIANTS, Variant
from scripts.lock import lock_file
from scripts.lock.wheelhouse import PYTHON

LOCKS = [
    (variant, name)
    for variant in VARIANTS
    for name in variants.choose_images([], variant)
    if variant is not PLAIN
]


@pytest.mark.parametrize(
    ("platform", "name", "expected"),
    [
        (None, None, PLAIN),
        ("linux/amd64", "", PLAIN),
        ("linux/arm64", None, ARM),
        (None, "gpu", GPU),
        ("linux/amd64", "sklearn1.2", SKLEARN),
    ],
)
def test_a_command_line_names_a_form(
    platform: str | None, name: str | None, expected: Variant
) -> None:
    assert variants.choose_variant(platform, name) is expected


@pytest.mark.parametrize(
    ("platform", "name", "sentence"),
    [
        ("linux/s390x", None, "There is no lock for linux/s390x: linux/amd64 and linux/arm64"),
        ("linux/arm64", "gpu", "There is no variant 'gpu' for linux/arm64: there are gpu for"),
        (None, "tpu", "'tpu' for linux/amd64: .* gpu for linux/amd64, sklearn1.2 for linux/amd64"),
    ],
)
def test_a_form_that_does_not_exist_is_refused(
    platform: str | None, name: str | None, sentence: str
) -> None:
    with pytest.raises(Failure, match=sentence):
        variants.choose_variant(platform, name)


def test_a_form_is_built_of_the_images_that_have_it() -> None:
    assert variants.choose_images([], GPU) == ["xgboost"]
    assert variants.choose_images([], SKLEARN) == ["preprocessor"]
    assert variants.choose_images([], ARM) == ["analyzer", "preprocessor", "python", "xgboost"]
    with pytest.raises(Failure, match="preprocessor is not locked for this form"):
        variants.choose_images(["preprocessor"], GPU)


@pytest.mark.parametrize(
    ("variant", "name"), LOCKS, ids=lambda value: getattr(value, "name", value)
)
def test_every_wheel_of_a_lock_exists_for_its_platform(
    variant: Variant, name: str, tmp_path: Path
) -> None:
    locked = lock_file.read_pins(variant.find_lock(name))
    found = ask([f"{pin.name}=={pin.version}" for pin in locked], variant, tmp_path)
    assert {pin.name for pin in locked if found.get(pin.name) not in pin.hashes} == set()


def ask(requirements: list[str], variant: Variant, folder: Path) -> dict[str, str]:
    """Ask the package index which wheels pip would install: the SHA-256 of each, by name.

    Without hashes to check, pip fetches the metadata of a wheel and not the wheel.
    """
    report, wanted = folder / "report.json", folder / "wanted.txt"
    wanted.write_text("\n".join(requirements))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    quiet = [f"--target={folder}", "--ignore-installed", "--dry-run", f"--report={report}"]
    target = [f"--python-version={PYTHON}", "--implementation=cp", "--only-binary=:all:"]
    platforms = [f"--platform={tag}" for tag in variant.wheel_tags]
    command = [*pip, *quiet, "--no-deps", *target, *platforms, f"--requirement={wanted}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return {
        one["metadata"]["name"].lower().replace("_", "-"): one["download_info"]["archive_info"][
            "hashes"
        ]["sha256"]
        for one in json.loads(report.read_text())["install"]
    }


def test_a_wheel_that_does_not_exist_for_a_platform_is_found_out(tmp_path: Path) -> None:
    elsewhere = Variant("s390x", "linux/s390x", "s390x", "")
    with pytest.raises(AssertionError, match=r"No matching distribution found for xgboost-cpu"):
        ask(["xgboost-cpu==3.2.0"], elsewhere, tmp_path)
