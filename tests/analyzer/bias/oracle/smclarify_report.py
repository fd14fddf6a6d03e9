"""Print the bias reports of Amazon's smclarify for the cases of a JSON file."""

import json
import sys
import warnings

import pandas as pd

warnings.simplefilter("ignore")

from smclarify.bias import report  # type: ignore[import-not-found]  # noqa: E402


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123
        cases = json.load(file)
    json.dump([run_case(case) for case in cases], sys.stdout)


def run_case(case: dict) -> list:  # type: ignore[type-arg]
    frame = pd.DataFrame({name: make_series(cells) for name, cells in case["columns"].items()})
    label = report.LabelColumn("label", make_series(case["label"]), case["positive"])
    predicted = report.LabelColumn("predicted", make_series(case["predicted"]))
    facet = report.FacetColumn(case["facet"], case["values"] or None)
    groups = pd.Series(case["groups"])
    return [
        report.bias_report(frame, facet, label, stage, predicted, group_variable=groups)
        for stage in (report.StageType.PRE_TRAINING, report.StageType.POST_TRAINING)
    ]


def make_series(cells: list) -> pd.Series:  # type: ignore[type-arg]
    text = any(isinstance(cell, str) for cell in cells)
    return pd.Series(cells, dtype=object) if text else pd.Series(cells)


if __name__ == "__main__":
    main()
