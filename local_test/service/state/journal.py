"""What else moto was told, kept as the requests that told it, and told again after a restart.

S3 and CloudWatch Logs have a memory of their own beside this one; nothing is kept of requests that
only ask.
"""

import base64
import json
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs

import urllib3
from werkzeug.wrappers import Request

from local_test.service.calls import signed_for

_ASKING = re.compile("Describe|List|Get|Search|Query|BatchGet|BatchCheck|Assume|Simulate|Select")
_ELSEWHERE = {"", "s3", "logs", "sts"}
_KEPT = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date", "X-Amz-Security-Token")


class Journal:
    """A file of requests, one a line; threads may share it."""

    def __init__(self, url: str, path: Path) -> None:
        self._url = url
        self._path = path
        self._lock = threading.Lock()

    def replay(self) -> None:
        """Send every request again."""
        if not self._path.exists():
            return
        with urllib3.PoolManager(retries=False) as pool, self._path.open(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                pool.request(
                    told["method"],
                    f"{self._url}{told['path']}",
                    body=base64.b64decode(told["body"]),
                    headers={**told["headers"], _MARK: "1"},
                )

    def notice(self, request: Request, body: bytes) -> None:
        """Keep a request that moto has answered, where it may have changed something."""
        if request.headers.get(_MARK) or not _changes(request, body):
            return
        told = {
            "method": request.method,
            "path": request.full_path.rstrip("?"),
            "headers": {name: request.headers[name] for name in _KEPT if name in request.headers},
            "body": base64.b64encode(body).decode(),
        }
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(told)}\n")


_MARK = "X-Local-Sagemaker-Again"


def keeps(request: Request) -> bool:
    """Tell whether a request belongs here at all, so that its body is worth holding."""
    return request.method != "GET" and signed_for(request)[1] not in _ELSEWHERE


def _changes(request: Request, body: bytes) -> bool:
    if not keeps(request):
        return False
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not target and (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        target = parse_qs(body.decode("utf-8", errors="replace")).get("Action", [""])[0]
    return not _ASKING.match(target)
