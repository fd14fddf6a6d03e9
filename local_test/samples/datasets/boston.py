"""Boston housing: prices of 1978 in 506 districts, which scikit-learn no longer has."""

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_KEY = "datasets/tabular/boston_house/boston_house.csv"
_COLUMNS = (
    *("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B"),
    *("LSTAT", "target"),
)


def _build(packages: Packages) -> Files:
    text = packages.read("mlxtend", "mlxtend/data/data/boston_housing.csv").decode()
    rows = ([f"{float(cell):g}" for cell in line.split(",")] for line in text.splitlines())
    lines = [",".join(row) for row in (_COLUMNS, *rows)]
    return {_KEY: "".join(f"{line}\n" for line in lines).encode()}


SAMPLE = Sample("boston", "package mlxtend", _build)
