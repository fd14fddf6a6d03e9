"""Breast Cancer Wisconsin, diagnostic (UCI), from scikit-learn, which leaves out the id."""

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_FIRST_ID = 842302


def _build(_packages: Packages) -> Files:
    from sklearn.datasets import load_breast_cancer

    cancer = load_breast_cancer()
    diagnoses = [name[0].upper() for name in cancer.target_names]  # M for malignant, B for benign
    lines = (
        ",".join([str(_FIRST_ID + number), diagnoses[label], *(f"{value:g}" for value in row)])
        for number, (row, label) in enumerate(zip(cancer.data, cancer.target, strict=True))
    )
    return {
        "datasets/tabular/breast_cancer/wdbc.csv": "".join(f"{line}\n" for line in lines).encode()
    }


SAMPLE = Sample(
    "breast-cancer",
    "scikit-learn; the ids are counted, not the patients'",
    _build,
    needs=("sklearn",),
)
