"""One naming rule for both engines."""

import os
from pathlib import Path

import pytest

from local_test import settings
from local_test.engines.image_names import find_program, to_image_reference
from local_test.errors import UserError


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("xgboost", "tandem-xgboost:latest"),
        ("tandem-xgboost:0.1.0", "tandem-xgboost:0.1.0"),
        ("1234.dkr.ecr.eu-west-1.amazonaws.com/mine", "1234.dkr.ecr.eu-west-1.amazonaws.com/mine"),
    ],
)
def test_a_short_name_is_an_image_of_ours_and_a_uri_is_itself(image: str, reference: str) -> None:
    assert to_image_reference(image) == reference


def test_a_program_is_no_image() -> None:
    with pytest.raises(UserError, match="run it with --engine process"):
        to_image_reference("./program")


def test_a_short_name_is_a_program_on_the_path(programs: Path) -> None:
    assert find_program("standin", settings.read_settings()) == programs / "tandem-standin"


def test_a_path_is_a_program(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(programs)
    assert find_program("./tandem-standin", settings.read_settings()) == programs / "tandem-standin"


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ("nobody", "there is no program tandem-nobody for the image nobody; pip install"),
        ("preproc", "there is no program tandem-preproc for the image preproc; did you mean"),
        ("standinn", "for the image standinn; did you mean 'standin'"),
        ("repo/image", "repo/image is an image URI"),
        ("image:1", "image:1 is an image URI"),
        (os.devnull, "/dev/null is no executable file"),
    ],
)
def test_what_is_no_program_is_refused(image: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        find_program(image, settings.read_settings())
