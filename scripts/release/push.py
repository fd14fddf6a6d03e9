"""Push the images, to Amazon ECR or to a registry of your own.

A tag holds the version and the commit, so one tag never means two builds.
"""

import argparse
from collections.abc import Iterable

import docker
from docker.errors import DockerException, ImageNotFound

from scripts.checkout.project import commit, is_dirty, version
from scripts.checkout.shell import ROOT, Failure, end, say
from scripts.checkout.variants import Variant, add_options, choose, chosen_images
from scripts.images import sbom
from scripts.release import image_check, sdk_snippet
from scripts.release.ecr import Ecr
from scripts.release.registry import Target, push, pushed


def main() -> None:
    """Check every image and every tag first, then push each image and print its address."""
    arguments = parse()
    variant = choose(arguments.platform, arguments.variant)
    built_from = clean_commit()
    names = chosen_images(arguments.names, variant)
    tag = f"{version()}-{built_from[:12]}{variant.suffix}"
    try:
        client = docker.from_env()
        check(client, names, variant, built_from)
        if arguments.dry_run:
            for name in names:
                say(f"Would push {local(name, variant)} to {place(arguments)} with the tag {tag}.")
            return
        push_all(client, targets(arguments, names, tag), variant)
    except DockerException as error:
        raise Failure(f"The Docker engine did not do it: {error}") from error


def push_all(
    client: docker.DockerClient, destinations: dict[str, Target], variant: Variant
) -> None:
    """Push what is not there yet; for each image print its address, its bill and what to paste."""
    there = {
        name: pushed(client, local(name, variant), target) for name, target in destinations.items()
    }
    for name, target in destinations.items():
        image = local(name, variant)
        uri = there[name] or push(client, image, target)
        bill = sbom.write(client, image, f"tandem-{name}", target.tag, uri)
        say(f"{uri}\nBill of materials: {bill}\n{sdk_snippet.code(uri, variant)}")


def parse() -> argparse.Namespace:
    """Read the command line; either a registry or an account and a region is needed."""
    parser = argparse.ArgumentParser(description="Push the images.")
    add_options(parser)
    parser.add_argument("--registry", help="host:port of a registry that asks no password")
    parser.add_argument("--account", help="the AWS account of the ECR registry")
    parser.add_argument("--region", help="the region of the ECR registry")
    parser.add_argument("--profile", help="a profile of your AWS configuration")
    parser.add_argument("--dry-run", action="store_true", help="check and say, push nothing")
    arguments = parser.parse_args()
    if not arguments.registry and not (arguments.account and arguments.region):
        raise Failure("Say where to: 'make push ACCOUNT=... REGION=...' or REGISTRY=host:port.")
    return arguments


def clean_commit() -> str:
    """Return the commit; raises Failure when the checkout is not exactly that commit."""
    found = commit()
    if found is None:
        raise Failure(f"{ROOT} has no commit, and a tag is made of the commit: commit first.")
    if is_dirty():
        raise Failure("The checkout has changes that are not committed: commit or stash them.")
    return found


def local(name: str, variant: Variant) -> str:
    """Name an image as the local engine knows it."""
    return f"tandem-{name}:{version()}{variant.suffix}"


def check(
    client: docker.DockerClient, names: Iterable[str], variant: Variant, built_from: str
) -> None:
    """Raise Failure when an image is not built or must not be pushed."""
    for name in names:
        image = local(name, variant)
        try:
            found = client.images.get(image)
        except ImageNotFound:
            raise Failure(f"{image} is not built: run 'make build{variant.make}'.") from None
        image_check.check(image, found.attrs, built_from, variant.platform)


def place(arguments: argparse.Namespace) -> str:
    """Name the destination in a sentence."""
    if arguments.registry:
        return str(arguments.registry)
    return f"ECR of account {arguments.account} in {arguments.region}"


def targets(arguments: argparse.Namespace, names: list[str], tag: str) -> dict[str, Target]:
    """Find where each image goes; on ECR, log in and make the repositories that are missing."""
    if arguments.registry:
        return {name: Target(f"{arguments.registry}/tandem-{name}", tag) for name in names}
    ecr = Ecr(arguments.account, arguments.region, arguments.profile)
    login = ecr.credentials()
    return {name: Target(ecr.repository(f"tandem-{name}"), tag, login) for name in names}


if __name__ == "__main__":
    end(main)
