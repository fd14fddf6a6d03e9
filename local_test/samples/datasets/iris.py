"""Iris (UCI): three species of 50 flowers each, from scikit-learn."""

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample


def _build(_packages: Packages) -> Files:
    from sklearn.datasets import load_iris

    iris = load_iris()
    names = [f"Iris-{name}" for name in iris.target_names]
    lines = (
        ",".join([*(f"{value:.1f}" for value in row), names[label]])
        for row, label in zip(iris.data, iris.target, strict=True)
    )
    return {"datasets/tabular/iris/iris.data": "".join(f"{line}\n" for line in lines).encode()}


SAMPLE = Sample("iris", "scikit-learn", _build, needs=("sklearn",))
