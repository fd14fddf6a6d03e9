"""What the log says of a stand-in, and of a version that differs."""

from collections.abc import Mapping

import pytest

from local_test.service.images.image_map import MapEntry
from local_test.service.images.library_versions import read_image_versions
from local_test.service.images.local_image import LocalImage

REGISTRY = "141502667606.dkr.ecr.eu-west-1.amazonaws.com"
ENTRY = MapEntry(["*"], image="tandem-xgboost", library="xgboost")
LIBRARIES = {"python": "3.11.7", "xgboost": "3.2.0"}
WARNING = "warning: the image URI names xgboost {}, and xgboost {} runs here"


def notices(
    tag: str, entry: MapEntry | None = ENTRY, libraries: Mapping[str, str] = LIBRARIES
) -> list[str]:
    return LocalImage(
        "xgboost", f"{REGISTRY}/sagemaker-xgboost:{tag}", entry, libraries
    ).list_notices()


def test_a_stand_in_is_named_with_its_libraries() -> None:
    [notice] = notices("3.2-0")
    assert notice == (
        f"image tandem-xgboost stands in for {REGISTRY}/sagemaker-xgboost:3.2-0 "
        "(python 3.11.7, xgboost 3.2.0)"
    )


@pytest.mark.parametrize(
    ("tag", "version"), [("1.0-1-cpu-py3", "1.0"), ("3.0-5", "3.0"), ("3.20-1", "3.20"), ("1", "1")]
)
def test_another_version_is_a_warning_that_names_both(tag: str, version: str) -> None:
    assert notices(tag)[1:] == [WARNING.format(version, "3.2.0")]


@pytest.mark.parametrize("tag", ["3", "3.2", "3.2.0-1", "latest"])
def test_the_same_version_or_none_is_no_warning(tag: str) -> None:
    assert len(notices(tag)) == 1


def test_a_release_is_compared_by_its_numbers() -> None:
    assert notices("3.2-0", libraries={"xgboost": "3.20.1"})[1:] == [
        WARNING.format("3.2", "3.20.1")
    ]


def test_unknown_libraries_are_said_to_be_unknown() -> None:
    about, warning = notices("1.7-1", libraries={})
    assert about.endswith("(library versions unknown)")
    assert warning == WARNING.format("1.7", "of an unknown version")


def test_what_a_stand_in_lacks_and_a_version_without_a_tag_are_named() -> None:
    entry = MapEntry(["*"], image="tandem-python", library="python", version="3.8", lacks="PyTorch")
    about, warning = notices("1.0", entry)
    assert about.endswith("(python 3.11.7, xgboost 3.2.0); it has no PyTorch")
    assert warning == "warning: the image URI names python 3.8, and python 3.11.7 runs here"


def test_an_image_of_that_very_name_needs_no_word() -> None:
    assert notices("1.0-1", entry=None) == []


def test_a_label_names_versions() -> None:
    labels = {"local-sagemaker.libraries": "python==3.11 xgboost==3.2.0 nonsense"}
    assert read_image_versions(labels) == {"python": "3.11", "xgboost": "3.2.0"}
    assert read_image_versions({"local-sagemaker.libraries": ""}) == {}
    assert read_image_versions({}) == {}
