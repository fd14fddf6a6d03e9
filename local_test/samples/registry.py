"""The sample data sets, and the files of Amazon's buckets that no package has.

To add one, write a module in `datasets` with a `Sample` and put it in `SAMPLES`.
"""

from collections.abc import Mapping, Sequence

from local_test.errors import UserError
from local_test.samples.datasets import (
    abalone,
    adult,
    boston,
    breast_cancer,
    california_housing,
    churn,
    german_credit,
    iris,
    mnist,
    models,
)
from local_test.samples.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    abalone.SAMPLE,
    adult.SAMPLE,
    boston.SAMPLE,
    breast_cancer.SAMPLE,
    california_housing.SAMPLE,
    churn.SAMPLE,
    german_credit.SAMPLE,
    iris.SAMPLE,
    mnist.SAMPLE,
    models.ASYNC,
    models.CHURN,
    abalone.SEED_CODE,
)

ABSENT: Mapping[str, str] = {
    "datasets/tabular/synthetic-music/": "music ratings, made by Amazon",
    "datasets/tabular/uci_bank_marketing/": "bank marketing (UCI)",
    "datasets/tabular/uci_covtype/": "forest covertypes (UCI)",
    "datasets/tabular/uci_heart_failure/": "heart failure records (UCI)",
    "datasets/tabular/uci_statlog_german_credit_data/german_credit_data.csv": "german credit with"
    " words instead of codes",
    "datasets/tabular/womens_clothing_ecommerce/": "reviews of clothing",
    "datasets/tabular/online_retail/": "online retail (UCI)",
}
"""Keys and key prefixes that notebooks read and no package has: what the data are."""


def select_samples(names: Sequence[str]) -> tuple[Sample, ...]:
    """Return the samples of these names, all for no name. Raises UserError for another name."""
    by_name = {sample.name: sample for sample in SAMPLES}
    for name in names:
        if name not in by_name:
            raise UserError(f"unknown sample: {name!r}", f"choose from {', '.join(by_name)}")
    return tuple(by_name[name] for name in names) or SAMPLES
