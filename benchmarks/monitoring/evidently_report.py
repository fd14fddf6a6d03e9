"""Evidently's report, in the environment of `benchmarks/baselines/evidently.lock`.

`evidently_report.py REFERENCE CURRENT OUTPUT`: reads two CSV files by pandas, as its documentation
does, and writes a report of the summary and the drift of every column as JSON.
"""

from __future__ import annotations

import sys

import pandas as pd


def main(reference: str, current: str, output: str) -> None:
    """Write the report."""
    from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
    from evidently.presets import (  # type: ignore[import-not-found]
        DataDriftPreset,
        DataSummaryPreset,
    )

    frames = [pd.read_csv(file) for file in (current, reference)]
    numbers = list(frames[0].select_dtypes("number"))
    texts = [name for name in frames[0] if name not in numbers]
    schema = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    data = [Dataset.from_pandas(frame, schema) for frame in frames]
    Report([DataSummaryPreset(), DataDriftPreset()]).run(*data).save_json(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
