"""Push the images, to Amazon ECR or to a registry of your own.

A tag holds the version and the commit, so one tag never means two builds.
"""

import argparse
from collections.abc import Iterable

import docker
from docker.errors import DockerException, ImageNotFound

from scripts import candidate
from scripts.commands import ROOT, Failure, end, say
from scripts.ecr import Ecr
from scripts.project import commit, image, images, is_dirty, version
from scripts.registry import Target, push

ESTIMATOR = """
from sagemaker.estimator import Estimator

estimator = Estimator(
    image_uri="{uri}",
    role="<the ARN of your execution role>",
    instance_count=1,
    instance_type="ml.m5.large",
)
"""


def main() -> None:
    """Check every image first, then push each and print its address."""
    arguments = parse()
    built_from = clean_commit()
    names = [image(name) for name in arguments.names] or images()
    tag = f"{version()}-{built_from[:12]}"
    try:
        client = docker.from_env()
        check(client, names, built_from)
        if arguments.dry_run:
            for name in names:
                say(f"Would push {local(name)} to {place(arguments)} with the tag {tag}.")
            return
        for name, target in targets(arguments, names, tag).items():
            uri = push(client, local(name), target)
            say(f"{uri}\n{ESTIMATOR.format(uri=uri)}")
    except DockerException as error:
        raise Failure(f"The Docker engine did not do it: {error}") from error


def parse() -> argparse.Namespace:
    """Read the command line; either a registry or an account and a region is needed."""
    parser = argparse.ArgumentParser(description="Push the images.")
    parser.add_argument("names", nargs="*", help="folders of containers/; all when none is named")
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
    """Give the commit; raises Failure when the checkout is not exactly that commit."""
    found = commit()
    if found is None:
        raise Failure(f"{ROOT} has no commit, and a tag is made of the commit: commit first.")
    if is_dirty():
        raise Failure("The checkout has changes that are not committed: commit or stash them.")
    return found


def local(name: str) -> str:
    """Name an image as the local engine knows it."""
    return f"tandem-{name}:{version()}"


def check(client: docker.DockerClient, names: Iterable[str], built_from: str) -> None:
    """Raise Failure when an image is not built or must not be pushed."""
    for name in names:
        try:
            found = client.images.get(local(name))
        except ImageNotFound:
            raise Failure(f"{local(name)} is not built: run 'make build'.") from None
        candidate.check(local(name), found.attrs, built_from)


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
