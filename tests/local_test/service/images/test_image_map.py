"""Which local image the map names for an image of Amazon's."""

import pytest

from local_test.service.images.image_map import ImageMap, MapEntry, Use
from local_test.service.images.image_uri import EcrImage, parse_ecr_image
from local_test.service.images.map_file import read_image_map
from tests.clients.account import REGISTRY

IRELAND = "141502667606.dkr.ecr.eu-west-1.amazonaws.com"
CHINA = "451049120500.dkr.ecr.cn-northwest-1.amazonaws.com.cn"
FRAMEWORKS = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
MONITOR = "048819808253.dkr.ecr.eu-central-1.amazonaws.com"
CLARIFY = "017069133835.dkr.ecr.eu-central-1.amazonaws.com"
SCIKIT = f"{IRELAND}/sagemaker-scikit-learn:1.2-1-cpu-py3"


@pytest.fixture(scope="module")
def defaults(tmp_path_factory: pytest.TempPathFactory) -> ImageMap:
    return read_image_map(tmp_path_factory.mktemp("state"))


@pytest.mark.parametrize(
    ("uri", "use", "image"),
    [
        (SCIKIT, "training", "tandem-preprocessor"),
        (SCIKIT, "serving", "tandem-preprocessor"),
        (SCIKIT, "processing", "tandem-python"),
        (f"{MONITOR}/sagemaker-model-monitor-analyzer", "processing", "tandem-analyzer"),
        (f"{CLARIFY}/sagemaker-clarify-processing:1.0", "processing", "tandem-analyzer"),
        (f"{CLARIFY}/sagemaker-clarify-processing:1.0", "training", None),
        (f"{CHINA}/sagemaker-xgboost:1.7-1", "training", "tandem-xgboost"),
        (f"{CHINA}/sagemaker-xgboost:1.7-1", "processing", "tandem-python"),
        (f"{FRAMEWORKS}/pytorch-training:2.3.0-cpu-py311", "processing", "tandem-python"),
        (f"{FRAMEWORKS}/pytorch-inference:2.3.0-cpu-py311", "serving", None),
        (f"{IRELAND}/linear-learner:1", "training", None),
        (f"{IRELAND}/sagemaker-scikit-learn", "serving", "tandem-preprocessor"),
    ],
)
def test_each_use_of_an_image_has_its_stand_in(
    defaults: ImageMap, uri: str, use: Use, image: str | None
) -> None:
    entry = defaults.find_entry(uri, use)
    assert (entry.image if entry else None) == image


@pytest.mark.parametrize(
    "registry", [REGISTRY, "999999999999.dkr.ecr.eu-west-1.amazonaws.com", "localhost:5000", "hub"]
)
def test_an_image_that_is_not_amazons_has_none(defaults: ImageMap, registry: str) -> None:
    assert defaults.find_entry(f"{registry}/sagemaker-xgboost:1.7-1", "training") is None


@pytest.mark.parametrize(
    ("repository", "sentence"),
    [
        ("sagemaker-spark-processing:3.3-cpu-py39-v1", "Spark is not run here."),
        ("sagemaker-debugger-rules", "Rules of SageMaker Debugger are not run here."),
    ],
)
def test_an_image_without_a_stand_in_is_refused(
    defaults: ImageMap, repository: str, sentence: str
) -> None:
    entry = defaults.find_entry(f"{IRELAND}/{repository}", "processing")
    assert entry is not None
    assert entry.refusal.startswith(sentence)


def test_the_first_entry_that_fits_decides() -> None:
    entries = [
        MapEntry(["sagemaker-*"], tag=["1.2-*"], region=["eu-*"], image="mine"),
        MapEntry(["sagemaker-*"], account=["9*"], image="other"),
        MapEntry(["sagemaker-scikit-learn"], image="last"),
    ]
    found = ImageMap(entries)
    images = {
        uri: entry.image if (entry := found.find_entry(uri, "training")) else None
        for uri in (
            SCIKIT,
            SCIKIT.replace("1.2-1", "0.23-1"),
            SCIKIT.replace("141502667606", "9" * 12),
        )
    }
    assert list(images.values()) == ["mine", "last", "other"]


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        (SCIKIT, EcrImage("141502667606", "eu-west-1", "sagemaker-scikit-learn", "1.2-1-cpu-py3")),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a/b@sha256:12",
            EcrImage("123456789012", "us-gov-west-1", "a/b", ""),
        ),
        ("public.ecr.aws/a/b:1", None),
        ("12345.dkr.ecr.eu-west-1.amazonaws.com/a:1", None),
        ("tandem-python", None),
    ],
)
def test_an_image_uri_has_parts(uri: str, parts: EcrImage | None) -> None:
    assert parse_ecr_image(uri) == parts
