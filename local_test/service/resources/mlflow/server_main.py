"""The process of one MLflow server; it ends with the service.

It is run as a file by the Python that has MLflow: `server_main.py ARGUMENT ...`, which are those
of the command `mlflow`. When the input ends, the service is gone, and so is this process with its
children.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_service() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_service, daemon=True).start()
    sys.argv[0] = "mlflow"
    runpy.run_module("mlflow", run_name="__main__")
