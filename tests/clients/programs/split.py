"""A plain processing script: a table in, two parts of it and a few figures out."""

import argparse
import json
from pathlib import Path

import pandas as pd

INPUT = Path("/opt/ml/processing/input/data")
OUTPUT = Path("/opt/ml/processing/output")

parser = argparse.ArgumentParser()
parser.add_argument("--test-share", type=float, required=True)
share = parser.parse_args().test_share

table = pd.concat(pd.read_csv(path) for path in sorted(INPUT.glob("*.csv")))
table = table.dropna().reset_index(drop=True)
test = table.sample(frac=share, random_state=7)
parts = {"train": table.drop(test.index), "test": test}
for name, part in parts.items():
    part.to_csv(OUTPUT / name / f"{name}.csv", index=False)
message = {name: len(part) for name, part in parts.items()}
Path("/opt/ml/output").mkdir(exist_ok=True)
Path("/opt/ml/output/message").write_text(json.dumps(message))
print("rows:", message)
