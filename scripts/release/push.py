"""Push the images, to Amazon ECR or to a registry of your own.

A tag holds the version and the commit, so one tag never means two builds.
"""

import argparse
import re
from collections.abc import Iterable

import docker
from docker.errors import DockerException, ImageNotFound

from scripts.checkout.project import is_dirty, read_commit, read_version
from scripts.checkout.shell import ROOT, Failure, run_script, say
from scripts.checkout.variants import Variant, add_options, choose_images, choose_variant
from scripts.images import sbom
from scripts.release import image_check, sdk_snippet
from scripts.release.ecr import Ecr
from scripts.release.registry import Target, find_pushed, push_image, write_registry_file

_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
_UNREACHABLE = re.compile(r'"https?://([^/"]+)/v2/[^"]*"?: (?:dial|net/http|proxyconnect|context)')


def main() -> None:
    """Check every image and every tag first, then push each image and print its address."""
    arguments = parse_arguments()
    variant = choose_variant(arguments.platform, arguments.variant)
    built_from = require_clean_commit()
    names = choose_images(arguments.names, variant)
    tag = f"{read_version()}-{built_from[:12]}{variant.suffix}"
    try:
        client = docker.from_env()
        check_images(client, names, variant, built_from)
        if arguments.dry_run:
            for name in names:
                image, where = name_local_image(name, variant), describe_destination(arguments)
                say(f"Would push {image} to {where} with the tag {tag}.")
            return
        push_all(client, find_targets(arguments, names, tag), variant)
    except DockerException as error:
        raise Failure(describe_failure(error)) from error


def push_all(
    client: docker.DockerClient, destinations: dict[str, Target], variant: Variant
) -> None:
    """Push missing images; print the address, the bill of materials and a snippet for each."""
    there = {
        name: find_pushed(client, name_local_image(name, variant), target)
        for name, target in destinations.items()
    }
    uris = {}
    for name, target in destinations.items():
        image = name_local_image(name, variant)
        uris[name] = uri = there[name] or push_image(client, image, target)
        bill = sbom.write_bill(client, image, f"tandem-{name}", target.tag, uri)
        say(f"{uri}\nBill of materials: {bill}\n{sdk_snippet.write_snippet(uri, variant)}")
    say(f"To pull these images by digest: LOCAL_SAGEMAKER_REGISTRY={write_registry_file(uris)}")


def parse_arguments() -> argparse.Namespace:
    """Read the command line; either a registry or an account and a region is needed."""
    parser = argparse.ArgumentParser(description="Push the images.")
    add_options(parser)
    parser.add_argument("--registry", help="host:port of a registry that asks no password")
    parser.add_argument("--account", help="the AWS account of the ECR registry")
    parser.add_argument("--region", help="the region of the ECR registry")
    parser.add_argument("--profile", help="a profile of your AWS configuration")
    parser.add_argument("--dry-run", action="store_true", help="check and say, push nothing")
    arguments = parser.parse_args()
    if not arguments.registry:
        check_account(arguments.account or "", arguments.region or "")
    return arguments


def check_account(account: str, region: str) -> None:
    """Raise Failure when an AWS account or a region is missing or malformed."""
    if not (account and region):
        raise Failure(
            "Missing destination: use 'make push ACCOUNT=... REGION=...' or REGISTRY=host:port."
        )
    if not _ACCOUNT.fullmatch(account):
        raise Failure(f"Invalid ACCOUNT {account!r}: an AWS account has 12 digits.")
    if not _REGION.fullmatch(region):
        raise Failure(f"Invalid REGION {region!r}: use a name such as eu-central-1.")


def describe_failure(error: DockerException) -> str:
    """Return a sentence for what the Docker engine reports."""
    text = str(error)
    if found := _UNREACHABLE.search(text):
        return f"Docker push failed: cannot reach registry {found[1]}. Check its address."
    if "connection refused" in text.lower() or "FileNotFoundError" in text:
        return "Docker is not running: start it, for example with 'dockerd'."
    return f"Docker push failed: {text}"


def require_clean_commit() -> str:
    """Return the commit; raises Failure when the checkout is not exactly that commit."""
    found = read_commit()
    if found is None:
        raise Failure(f"{ROOT} has no commit, and a tag is made of the commit: commit first.")
    if is_dirty():
        raise Failure("The checkout has changes that are not committed: commit or stash them.")
    return found


def name_local_image(name: str, variant: Variant) -> str:
    """Return the name of an image on the local engine."""
    return f"tandem-{name}:{read_version()}{variant.suffix}"


def check_images(
    client: docker.DockerClient, names: Iterable[str], variant: Variant, built_from: str
) -> None:
    """Raise Failure when an image is not built or must not be pushed."""
    for name in names:
        image = name_local_image(name, variant)
        try:
            found = client.images.get(image)
        except ImageNotFound:
            raise Failure(f"{image} is not built: run 'make build{variant.make}'.") from None
        image_check.check_image(image, found.attrs, built_from, variant.platform)


def describe_destination(arguments: argparse.Namespace) -> str:
    """Return the destination as a sentence."""
    if arguments.registry:
        return str(arguments.registry)
    return f"ECR of account {arguments.account} in {arguments.region}"


def find_targets(arguments: argparse.Namespace, names: list[str], tag: str) -> dict[str, Target]:
    """Find where each image goes; on ECR, log in and make the repositories that are missing."""
    if arguments.registry:
        return {name: Target(f"{arguments.registry}/tandem-{name}", tag) for name in names}
    ecr = Ecr(arguments.account, arguments.region, arguments.profile)
    login = ecr.read_credentials()
    return {name: Target(ecr.find_repository(f"tandem-{name}"), tag, login) for name in names}


if __name__ == "__main__":
    run_script(main)
