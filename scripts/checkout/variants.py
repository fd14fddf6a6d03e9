"""The forms an image is built in: each is a lock, a platform and a suffix of the tag."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.checkout.project import list_images, require_image
from scripts.checkout.shell import ROOT, Failure


@dataclass(frozen=True)
class Variant:
    """One form of the images.

    `machine` is the processor as wheels and uv name it. `instance` is a type of SageMaker that runs
    the image. A form with requirements of its own exists for the images that have a file of them.
    """

    name: str
    platform: str
    machine: str
    instance: str
    own_requirements: bool = False
    untested: frozenset[str] = frozenset()
    sentence: str = ""

    @property
    def wheel_tags(self) -> list[str]:
        """Platform tags of wheels for the base images: glibc 2.17 to 2.36 (Debian bookworm)."""
        newer = [f"manylinux_2_{n}_{self.machine}" for n in range(17, 37)]
        return [f"manylinux2014_{self.machine}", *newer]

    @property
    def suffix(self) -> str:
        """The suffix of all tags of this variant."""
        return f"-{self.name}" if self.name else ""

    @property
    def dotted(self) -> str:
        """Stand for this form in the names of locks and wheelhouses."""
        return f".{self.name}" if self.name else ""

    @property
    def make(self) -> str:
        """Return what a verb of make needs to mean this form."""
        if self.own_requirements:
            return f" VARIANT={self.name}"
        return f" PLATFORM={self.platform}" if self.name else ""

    def find_lock(self, image: str, root: Path = ROOT) -> Path:
        """Return the lock file of one image."""
        return root / f"containers/{image}/requirements{self.dotted}.lock"

    def find_requirements(self, image: str) -> str:
        """Return the file, from the root, that the lock is made of."""
        stem = f"requirements{self.dotted}" if self.own_requirements else "requirements"
        return f"containers/{image}/{stem}.in"


PLAIN = Variant("", "linux/amd64", "x86_64", "ml.m5.large")
ARM = Variant("arm64", "linux/arm64", "aarch64", "ml.c7g.large")
GPU = Variant(
    "gpu",
    "linux/amd64",
    "x86_64",
    "ml.g5.xlarge",
    own_requirements=True,
    untested=frozenset({"nvidia-nccl-cu12"}),
    sentence="XGBoost with CUDA",
)
SKLEARN = Variant(
    "sklearn1.2",
    "linux/amd64",
    "x86_64",
    "ml.m5.large",
    own_requirements=True,
    untested=frozenset({"numpy", "pandas", "pytz", "scikit-learn", "scipy"}),
    sentence="scripts and pickles of scikit-learn 1.2",
)
VARIANTS = (PLAIN, ARM, GPU, SKLEARN)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add options that select images and their variant."""
    parser.add_argument("names", nargs="*", help="folders of containers/; all when none is named")
    parser.add_argument("--platform", help=f"{PLAIN.platform} (the default) or {ARM.platform}")
    named = ", ".join(f"'{one.name}' for {one.sentence}" for one in _list_named())
    parser.add_argument("--variant", help=named)


def choose_variant(platform: str | None, name: str | None) -> Variant:
    """Return the requested variant. Raises Failure when it does not exist."""
    if not name:
        for variant in (PLAIN, ARM):
            if variant.platform == (platform or PLAIN.platform):
                return variant
        raise Failure(f"There is no lock for {platform}: {PLAIN.platform} and {ARM.platform} have.")
    for variant in _list_named():
        if variant.name == name and platform in {None, "", variant.platform}:
            return variant
    there = ", ".join(f"{one.name} for {one.platform}" for one in _list_named())
    raise Failure(
        f"There is no variant '{name}' for {platform or PLAIN.platform}: there are {there}."
    )


def _list_named() -> list[Variant]:
    return [variant for variant in VARIANTS if variant.own_requirements]


def choose_images(names: Sequence[str], variant: Variant, root: Path = ROOT) -> list[str]:
    """Return the images to work on: the named ones, or all that have this form.

    Raises Failure for an image that does not exist, or not in this form.
    """
    if not names:
        names = list_images(root)
        return [one for one in names if variant is PLAIN or variant.find_lock(one, root).exists()]
    for name in names:
        if not variant.find_lock(require_image(name, root), root).exists():
            lock = variant.find_lock(name, root).relative_to(root)
            raise Failure(f"{lock} does not exist: {name} is not locked for this form.")
    return list(names)
