"""What serving one CSV row may load and make: counted, not timed, in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.golden import serving as golden
from tests.preprocessor.training_jobs import make_houses, train_job

PROLOGUE = """
import sys
import json
from pathlib import Path
from {package}.algorithm import ALGORITHM
from gunicorn.config import Config
from tandem.contract import settings
from tandem.serving.model_service import make_service
from tandem.serving.server import make_handlers
from tandem.serving.worker import responses as replies
from tandem.serving.worker.request_buffer import RequestBuffer

service = make_service(ALGORITHM.load(Path(sys.argv[1])), settings.read({{}}))
service.warm_up()
fast_path, started = make_handlers(service).fast_path, set(sys.modules)


def ask(body):
    head = "POST /invocations HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: text/csv\\r\\n"
    buffer = RequestBuffer(("127.0.0.1", 1), Config(), service.limit)
    buffer.feed(f"{{head}}Content-Length: {{len(body)}}\\r\\n\\r\\n".encode() + body)
    reply = replies.try_fast_path(fast_path, buffer.next_request(), 0.0, close=False)
    head, _, answer = reply.data.decode().partition("\\r\\n\\r\\n")
    return head.splitlines()[0], answer
"""
EPILOGUE = """
told, answer = ask(sys.argv[2].encode())
loaded = sorted({name.partition(".")[0] for name in sys.modules if sys.modules[name]})
later = sorted(set(sys.modules) - started)
print(json.dumps({"told": told, "answer": answer, "loaded": loaded, "later": later}))
"""
HEAVY = {
    *("pandas", "sklearn", "joblib", "skops", "dask", "distributed"),
    *("pyarrow", "matplotlib", "boto3", "docker", "moto"),
}


class Served:
    """One row answered by a fresh process: what it said, and which packages it had loaded."""

    def __init__(self, package: str, folder: Path, row: str, rule: str) -> None:
        program = PROLOGUE.format(package=package) + rule + EPILOGUE
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder), row], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        self.told, self.answer = found["told"], found["answer"]
        self.loaded, self.later = set(found["loaded"]), found["later"]


def test_a_row_is_predicted_without_pandas_and_without_a_matrix(tmp_path: Path) -> None:
    shutil.copyfile(golden.FOLDER / "reg-squarederror.ubj", tmp_path / "xgboost-model")
    no_matrix = "from booster.model.c_api import LIBRARY\nLIBRARY.XGDMatrixCreateFromDense = None\n"
    row = golden.CSV.decode().splitlines()[0]
    served = Served("booster", tmp_path, row, no_matrix)
    assert served.told == "HTTP/1.1 200 OK"
    (expected, *_) = golden.load_booster("reg:squarederror").inplace_predict(
        golden.ROWS[:1].astype("f4")
    )
    assert np.float32(served.answer) == expected
    # The library is loaded; its Python package, and scipy with it, is for training.
    assert served.loaded & (HEAVY | {"scipy", "xgboost", "preprocessor"}) == set()
    assert served.later == []  # the first caller waits for no import


def test_a_record_is_transformed_without_pandas_and_scikit_learn(tmp_path: Path) -> None:
    table = make_houses()
    paths = train_job(tmp_path, table, {"target": "SalePrice"})
    row = ",".join(table.iloc[0, :-1].tolist())
    served = Served("preprocessor", paths.model, row, "")
    assert served.told == "HTTP/1.1 200 OK"
    assert len(served.answer.split(",")) > 3
    assert served.loaded & (HEAVY | {"scipy", "xgboost", "booster"}) == set()
    assert served.later == []
