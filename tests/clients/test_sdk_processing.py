"""A plain script with pandas splits a table, sent by the SageMaker SDK: see programs/split.py."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, image
from tests.clients.conftest import Client, told_once

PROGRAMS = Path(__file__).parent / "programs"


def test_a_table_is_split_into_training_and_test(
    account: Account, client: Client, engine: Engine
) -> None:
    told_once(engine)
    table = pd.DataFrame({"area": range(40), "price": [value * 11.5 for value in range(40)]})
    holes = f"{table.to_csv(index=False)},7\n8,\n"
    uri = account.bucket("tables", **{"raw/a.csv": holes})
    script = str(PROGRAMS / "split.py")
    program = str(PROGRAMS / "sdk_processing.py")
    said = client("python", program, ROLE, image("preprocessor"), script, f"{uri}/raw")
    assert "rows: {'train': 30, 'test': 10}" in said  # the container's log, as the SDK shows it
    assert 'message: {"train": 30, "test": 10}' in said
    places = dict(re.findall(r"^(train|test): (s3://\S+)$", said, re.MULTILINE))
    parts = [
        pd.read_csv(io.BytesIO(account.get(f"{places[name]}/{name}.csv")))
        for name in ("train", "test")
    ]
    whole = pd.concat(parts).sort_values("area").reset_index(drop=True)
    assert whole["area"].tolist() == table["area"].tolist()
    assert whole["price"].tolist() == table["price"].tolist()
