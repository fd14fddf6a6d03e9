"""The same runs on a real MLflow server, and the requests that its page of runs sends.

MLflow comes from an environment of its own (`tests/clients/mlflow.lock`): one worker, SQLite.
Its page asks for 100 runs and for the histories of one metric of 100 runs at a time (source: MLflow
3.17, `ajax-api/2.0/mlflow/runs/search` and `metrics/get-history-bulk-interval`). In a browser its
table of runs has 100 rows at first, and no charts.
"""

from __future__ import annotations

import atexit
import json
import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.harness.benchmark import Figures
from benchmarks.service.page_in_browser import Window
from local_test.service.resources.mlflow.installation import read_version
from local_test.service.resources.mlflow.server_process import ServerProcess, ServerSettings
from scripts.lock.aws_clients import prepare_client

_AT_ONCE = 100
_METRIC = "rmse"
_ROWS_SHOWN = "document.querySelectorAll('.ag-row').length >= 20"

Trial = tuple[dict[str, float], Sequence[float]]
"""Parameters by name, and the values of the metric by round."""


class MlflowPage:
    """A server with the runs of an experiment; it ends with this process."""

    def __init__(self, folder: Path, trials: Sequence[Trial], window: Window) -> None:
        python = prepare_client("clients-mlflow") / "python"
        artifacts, aws = (folder / "artifacts").as_uri(), "http://127.0.0.1:1"
        version = read_version(python)
        settings = ServerSettings(python, version, folder, artifacts, aws, "us-east-1")
        stack = ExitStack()
        atexit.register(stack.close)
        process = stack.enter_context(ServerProcess(settings))
        process.wait_until_healthy(threading.Event())
        self._url = f"http://127.0.0.1:{process.port}"
        self._count, self._window = len(trials), window
        if len(self._search()) < self._count:
            self._fill(trials)

    def measure(self) -> Figures:
        """Return the seconds of the page's requests, and those until a browser shows its rows.

        Raises RuntimeError if runs lack, BenchmarkFailed if no rows are shown.
        """
        started = time.perf_counter()
        size = 0
        runs = self._search()
        for start in range(0, len(runs), _AT_ONCE):
            ids = [("run_ids", run["info"]["run_id"]) for run in runs[start : start + _AT_ONCE]]
            query = urlencode([*ids, ("metric_key", _METRIC), ("max_results", "320")])
            histories = self._call(f"metrics/get-history-bulk-interval?{query}")
            size += len(histories["metrics"])
        seconds = time.perf_counter() - started
        if len(runs) != self._count or size < self._count:
            raise RuntimeError(f"MLflow has {len(runs)} runs and {size} points")
        shown = self._window.measure(f"{self._url}/#/experiments/0/runs", _ROWS_SHOWN)
        return {"page_seconds": seconds, "shown_seconds": shown}

    def _search(self) -> list[dict[str, Any]]:
        runs, token = list[dict[str, Any]](), None
        while True:
            asked = {"experiment_ids": ["0"], "max_results": _AT_ONCE, "page_token": token}
            page = self._call("runs/search", asked)
            runs += page.get("runs", [])
            token = page.get("next_page_token")
            if not token:
                return runs

    def _fill(self, trials: Sequence[Trial]) -> None:
        for parameters, values in trials:
            made = self._call("runs/create", {"experiment_id": "0", "start_time": 1})["run"]["info"]
            content = {
                "run_id": made["run_id"],
                "params": [{"key": key, "value": str(value)} for key, value in parameters.items()],
                "metrics": [
                    {"key": _METRIC, "value": value, "timestamp": step, "step": step}
                    for step, value in enumerate(values)
                ],
            }
            self._call("runs/log-batch", content)

    def _call(self, call: str, content: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self._url}/ajax-api/2.0/mlflow/{call}",
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            return json.load(answer)
