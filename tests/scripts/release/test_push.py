"""A push to a real registry on this machine, from a small checkout of its own."""

import re
from pathlib import Path

import docker
import pytest

from local_test.engines import select_engine
from local_test.errors import EngineError, UserError
from local_test.service.images.image_resolution import ImageResolver
from scripts.checkout.shell import Failure
from scripts.release import image_check
from scripts.release.push import check_account
from tests.scripts.pushing import IMAGE, Checkout, find_free_port, read_manifest

pytestmark = pytest.mark.docker


def test_a_push_prints_an_address_that_the_registry_knows(
    checkout: Checkout, registry: str
) -> None:
    ended = checkout.push(f"--registry={registry}")
    assert (ended.returncode, ended.stderr) == (0, "")
    media_type, digest = read_manifest(registry, checkout.tag())
    assert media_type == image_check.MEDIA_TYPE
    assert f'image_uri="{registry}/tandem-tiny@{digest}"' in ended.stdout


def test_a_tag_that_is_there_is_not_pushed_again(checkout: Checkout, registry: str) -> None:
    first = checkout.push(f"--registry={registry}").stdout
    again = checkout.push(f"--registry={registry}").stdout
    assert "Pushing" in first
    assert "Pushing" not in again
    assert first.splitlines()[1:] == again.splitlines()


def test_what_was_pushed_is_pulled_by_digest_when_it_is_missing(
    checkout: Checkout,
    registry: str,
    docker_client: docker.DockerClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout.push(f"--registry={registry}")
    file = checkout.folder / "build/push/registry.toml"
    _, digest = read_manifest(registry, checkout.tag())
    assert file.read_text() == f'registry = "{registry}"\n\n[digests]\ntiny = "{digest}"\n'
    docker_client.images.remove(f"{registry}/tandem-tiny:{checkout.tag()}")
    docker_client.images.remove(IMAGE, force=True)
    with pytest.raises(UserError, match="Docker has no image tandem-tiny:latest"):
        select_engine("docker").read_labels("tiny")
    monkeypatch.setenv("LOCAL_SAGEMAKER_REGISTRY", str(file))
    assert select_engine("auto", ["tiny"]).name == "docker"
    engine, [image] = ImageResolver("docker", "training").resolve(["tandem-tiny"])
    assert (engine.name, image.name) == ("docker", "tandem-tiny:latest")
    pulled = docker_client.images.get("tandem-tiny:latest")
    assert pulled.attrs["RepoDigests"] == [f"{registry}/tandem-tiny@{digest}"]
    docker_client.images.remove("tandem-tiny:latest", force=True)
    labels = select_engine("docker").read_labels("tiny")
    assert labels is not None
    assert labels[image_check.REVISION] == checkout.revision()


def test_a_digest_that_the_registry_does_not_have_is_named(
    docker_client: docker.DockerClient,
    registry: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert docker_client.ping()
    digest = f"sha256:{'0' * 64}"
    (tmp_path / "r.toml").write_text(f'registry = "{registry}"\n[digests]\nlost = "{digest}"\n')
    monkeypatch.setenv("LOCAL_SAGEMAKER_REGISTRY", str(tmp_path / "r.toml"))
    with pytest.raises(EngineError) as raised:
        select_engine("docker").read_labels("lost")
    expected = f"image tandem-lost:latest cannot be pulled as {registry}/tandem-lost@{digest}: "
    assert str(raised.value).startswith(expected)


def test_a_tag_with_other_content_is_refused_and_stays(checkout: Checkout, registry: str) -> None:
    checkout.push(f"--registry={registry}")
    before = read_manifest(registry, checkout.tag())
    checkout.build("2\n")
    ended = checkout.push(f"--registry={registry}")
    address = f"{registry}/tandem-tiny:{checkout.tag()}"
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{address} is there with other content than {IMAGE}, as ")
    assert read_manifest(registry, checkout.tag()) == before


def test_another_engines_push_of_the_same_image_is_recognized(
    checkout: Checkout, registry: str, docker_client: docker.DockerClient
) -> None:
    first = checkout.push(f"--registry={registry}").stdout
    docker_client.images.remove(f"{registry}/tandem-tiny:{checkout.tag()}")
    assert docker_client.images.get(IMAGE).attrs["RepoDigests"] == []
    again = checkout.push(f"--registry={registry}")
    assert (again.returncode, again.stderr) == (0, "")
    assert first.splitlines()[1:] == again.stdout.splitlines()


def test_a_graviton_image_has_a_tag_of_its_own_and_a_model_to_paste(
    checkout: Checkout, registry: str
) -> None:
    checkout.load("arm64", f"{IMAGE}-arm64")
    plain = checkout.push(f"--registry={registry}")
    ended = checkout.push(f"--registry={registry}", "--platform=linux/arm64")
    assert (plain.returncode, ended.returncode) == (0, 0), ended.stderr
    _, digest = read_manifest(registry, f"{checkout.tag()}-arm64")
    assert f'image_uri="{registry}/tandem-tiny@{digest}"' in ended.stdout
    assert 'model.deploy(initial_instance_count=1, instance_type="ml.c7g.large")' in ended.stdout


def test_an_image_of_another_processor_is_refused_before_anything_is_asked(
    checkout: Checkout,
) -> None:
    checkout.load("arm64", IMAGE)
    ended = checkout.push(f"--registry=127.0.0.1:{find_free_port()}")
    assert ended.returncode == 1
    assert ended.stderr == (
        f"{IMAGE} is built for linux/arm64, not for linux/amd64: push it with "
        "PLATFORM=linux/arm64, or build it again with PLATFORM=linux/amd64.\n"
    )


def test_a_form_that_no_image_has_is_refused(checkout: Checkout) -> None:
    ended = checkout.push("--registry=127.0.0.1:1", "--variant=gpu", "tiny")
    assert ended.returncode == 1
    assert ended.stderr.startswith("containers/tiny/requirements.gpu.lock does not exist")


def test_a_dry_run_pushes_nothing(checkout: Checkout) -> None:
    ended = checkout.push("--account=123456789012", "--region=eu-west-1", "--dry-run")
    tag = checkout.tag()
    assert ended.stdout == (
        f"Would push {IMAGE} to ECR of account 123456789012 in eu-west-1 with the tag {tag}.\n"
    )


def test_a_checkout_with_changes_is_refused(checkout: Checkout, registry: str) -> None:
    checkout.write("note", "not committed\n")
    ended = checkout.push(f"--registry={registry}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The checkout has changes that are not committed:")


def test_an_image_older_than_the_commit_is_refused(checkout: Checkout, registry: str) -> None:
    built_from = checkout.revision()
    checkout.commit()
    ended = checkout.push(f"--registry={registry}")
    assert ended.returncode == 1
    assert f"{IMAGE} was built from {built_from}, not from {checkout.revision()}" in ended.stderr


@pytest.mark.parametrize(
    ("account", "region", "sentence"),
    [
        (
            "",
            "",
            "Missing destination: use 'make push ACCOUNT=... REGION=...' or REGISTRY=host:port.",
        ),
        ("12", "eu-central-1", "Invalid ACCOUNT '12': an AWS account has 12 digits."),
        ("1" * 12, "eu", "Invalid REGION 'eu': use a name such as eu-central-1."),
    ],
)
def test_a_push_without_a_valid_destination_is_refused(
    account: str, region: str, sentence: str
) -> None:
    with pytest.raises(Failure, match=f"^{re.escape(sentence)}$"):
        check_account(account, region)


def test_a_registry_that_does_not_answer_is_one_line(checkout: Checkout) -> None:
    ended = checkout.push(f"--registry=127.0.0.1:{find_free_port()}")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "cannot reach registry" in ended.stderr
