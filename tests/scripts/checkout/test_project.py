"""What the scripts read from a checkout."""

import subprocess
from pathlib import Path

import pytest

import tandem
from scripts.checkout import project
from scripts.checkout.shell import Failure


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a repository with one commit."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "page").write_text("one\n")
    git(tmp_path, "add", "page")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def test_the_version_is_the_packages_own() -> None:
    assert project.read_version() == tandem.__version__


def test_an_image_is_a_folder_with_a_dockerfile() -> None:
    assert project.list_images() == ["analyzer", "preprocessor", "python", "xgboost"]


def test_an_unknown_image_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Failure, match=r"containers/booster/Dockerfile does not exist; .*xgboost"):
        project.require_image("booster")


def test_a_clean_checkout_is_its_commit(checkout: Path) -> None:
    commit = project.read_commit(checkout)
    assert commit is not None
    assert len(commit) == 40
    assert project.describe_revision(checkout) == commit


@pytest.mark.parametrize("path", ["page", "a new file"])
def test_a_changed_checkout_says_so(checkout: Path, path: str) -> None:
    (checkout / path).write_text("two\n")
    assert project.describe_revision(checkout) == f"{project.read_commit(checkout)}-dirty"


def test_a_folder_without_a_commit_has_no_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert project.describe_revision(tmp_path) == "unknown"
