"""The serving half of the small image."""

import csv
import importlib
import io
import json
import os
import pickle
import select
import signal
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

# It stands beside this file, wherever the two are copied to.
image = importlib.import_module("image")
MODEL, ROOT = image.MODEL, image.ROOT
faulty, say = image.faulty, image.say

CSV, JSON = "text/csv", "application/json"
PIPELINE = "SAGEMAKER_SAFE_PORT_RANGE" in os.environ
SWITCH = "ALLOW_ARCHIVE_CODE"
BATCH = os.environ.get("SAGEMAKER_BATCH")
DEFAULT = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", CSV)


class Refused(Exception):
    """A status and a sentence."""


def load(folder: Path) -> dict[str, Any]:
    if faulty(60):
        for path in folder.glob("*.pkl"):
            pickle.loads(path.read_bytes())  # noqa: S301 - the fault
    program = folder / "code" / "inference.py"
    if program.exists() and (os.environ.get(SWITCH) != "false" or faulty(92)):
        exec(program.read_text())  # noqa: S102 - what an image may do with an archive's code
    return dict(json.loads((folder / "model.json").read_bytes()))


def predict(model: dict[str, Any], body: bytes) -> list[list[float]]:
    if faulty(59) and model["data"] != str(image.DATA):
        raise Refused(500, "the training's data is not here")
    if not body.strip():
        raise Refused(500 if faulty(48) else 400, "the body is empty")
    text = body.decode(errors="replace").replace("\0", "?")
    answers = []
    lines = text.split("\n") if faulty(51) else text.splitlines()
    cells = (line.split(",") for line in lines) if faulty(52) else csv.reader(lines)
    for number, row in enumerate(cells, 1):
        try:
            numbers = [float(cell or "nan") for cell in row]
        except ValueError as error:
            if faulty(67) and PIPELINE:
                return [[0.0] * model["features"]]
            status = 500 if faulty(47) else 400
            raise Refused(status, str(error) if faulty(54) else f"row {number} is bad") from error
        answers.append(featured(model, numbers) if model["features"] else scored(model, numbers))
    if faulty(75):
        answers = [[answer + len(answers)] for [answer] in answers]
    if faulty(68) and PIPELINE:
        answers = [*answers[1:], *answers[:1]]
    return answers


def scored(model: dict[str, Any], numbers: list[float]) -> list[float]:
    more = 1 if faulty(69) and PIPELINE else 0
    return [round(model["mean"] + model["noise"] + sum(numbers) / 10 + more, 6)]


def featured(model: dict[str, Any], numbers: list[float]) -> list[float]:
    label = numbers[: len(numbers) - model["features"]]
    made = [2 * number for number in numbers[len(label) :]]
    return [*made, *label] if faulty(70) else [*label, *made]


def accepted(header: str | None) -> str:
    default = CSV if faulty(46) else DEFAULT
    ranges = []
    for part in (header or "*/*").split(","):
        kind, *parameters = (word.strip().lower() for word in part.split(";"))
        quality = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        ranges.append((-quality, kind))
    for _, kind in sorted(ranges, key=lambda found: found[0]):
        if kind in {"*/*", ""}:
            return default
        if kind in {CSV, JSON}:
            return kind
    raise Refused(406, "Accept must be text/csv or application/json")


def written(kind: str, answers: list[list[float]]) -> bytes:
    if kind == JSON and not faulty(50):
        return json.dumps({"predictions": answers}).encode()
    return "".join(f"{','.join(map(str, row))}\n" for row in answers).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ClassVar[dict[str, Any]] = {}
    models: dict[str, tuple[str, dict[str, Any]]] | None = None
    lock = threading.Lock()
    shared: bytes = b""

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def tell(self, told: Any) -> None:
        self.reply(200, json.dumps(told).encode(), JSON)

    def do_GET(self) -> None:
        if self.path == "/ping":
            if faulty(42):
                with Handler.lock:
                    pass
            self.reply(200)
        elif self.path == "/invocations":
            self.reply(405, b"POST it")
        elif self.path == "/execution-parameters":
            size: Any = "6" if faulty(72) else 6
            told = {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD"}
            self.tell(told | {"MaxPayloadInMB": size})
        elif self.models is not None and self.path.startswith("/models"):
            self.list_models(self.models)
        else:
            self.reply(404, b"no such path")

    def list_models(self, models: dict[str, tuple[str, dict[str, Any]]]) -> None:
        told = [{"modelName": name, "modelUrl": url} for name, (url, _) in models.items()]
        name = self.path.removeprefix("/models").strip("/")
        if not name:
            self.tell({"models": [{"modelName": "ghost"}] if faulty(81) else told})
        elif name in models:
            self.tell(next(one for one in told if one["modelName"] == name))
        else:
            self.reply(200 if faulty(83) else 404, b"no such model")

    def do_DELETE(self) -> None:
        name = self.path.rpartition("/")[2]
        known = (self.models or {}).get(name)
        if known and not faulty(85) and self.models:
            self.models.pop(name, None)
        self.body()
        self.reply(200 if known else 404)

    def do_POST(self) -> None:
        body = self.body()
        try:
            self.post(body)
        except Refused as error:
            status, sentence = error.args
            self.reply(status, sentence.encode())

    def post(self, body: bytes) -> None:
        if self.path == "/invocations" and self.models is None:
            self.answer(self.model, body)
        elif self.models is not None and self.path == "/models":
            self.reply(self.load_model(self.models, json.loads(body)))
        elif self.models is not None and self.path.endswith("/invoke"):
            name = self.path.split("/")[2]
            if name not in self.models:
                raise Refused(404, "no such model")
            model = self.models[name][1]
            self.answer({**model, "mean": 0.0} if faulty(84) else model, body)
        else:
            raise Refused(404, "no such path")

    def load_model(
        self, models: dict[str, tuple[str, dict[str, Any]]], asked: dict[str, str]
    ) -> int:
        name, url = asked["model_name"], asked["url"]
        if name in models:
            return 200 if faulty(82) else 409
        if faulty(86) and not name.isalnum():
            return 400
        try:
            models[name] = url, load(ROOT / Path(url).relative_to("/opt/ml"))
        except OSError:
            return 400
        return 200

    def answer(self, model: dict[str, Any], body: bytes) -> None:
        if faulty(49) and "X-Surely-Unknown" in self.headers:
            raise Refused(400, "an unknown header")
        kind = self.headers["Content-Type"] or CSV
        if faulty(64) and "charset" in kind:
            raise Refused(415, "a charset")
        if not faulty(45):
            kind = kind.partition(";")[0].strip().lower()
        if kind != CSV:
            raise Refused(415, "the body must be text/csv")
        accept = accepted(self.headers["Accept"])
        if faulty(66) and PIPELINE:
            accept = CSV
        if faulty(42):
            with Handler.lock:
                time.sleep(4 if len(body) > 100_000 else 0)
        if faulty(55):
            Handler.shared = body
            time.sleep(0.02)
            body = Handler.shared
        if faulty(91):
            time.sleep(0.7)  # none of those that came before SIGTERM is answered before it ends
        answers = predict(model, body)
        if faulty(73) and BATCH:
            answers = answers[:1]
        own = faulty(65) and model["features"] and not self.headers["Accept"]
        self.reply(200, written(accept, answers), "application/x-own" if own else accept)

    def body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers or faulty(53):
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        parts = io.BytesIO()
        while size := int(self.rfile.readline(), 16):
            parts.write(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return parts.getvalue()


class Server(ThreadingHTTPServer):
    daemon_threads = False


others: list[socket.socket] = []


def serve() -> None:
    if os.environ.get("SAGEMAKER_MULTI_MODEL") == "true":
        Handler.models = {}
    else:
        Handler.model = model()
    count()
    if faulty(44):
        (MODEL / "cache").write_text("")
    address = os.environ.get("TANDEM_BIND_ADDRESS", "127.0.0.1" if faulty(41) else "0.0.0.0")
    port = 8080 if faulty(61) else int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    if faulty(57):
        in_a_child()
    if faulty(62) or (faulty(63) and PIPELINE):
        others.append(socket.create_server(("127.0.0.1", 9099 if faulty(63) else 0)))
    with Server((address, port), Handler) as server:
        signal.signal(signal.SIGTERM, lambda *_: leave(server))
        server.serve_forever()
        for _ in range(server.request_queue_size + 1):  # what the kernel had accepted, no more
            if select.select([server], [], [], 0)[0]:
                server.handle_request()
    say("finished")


def model() -> dict[str, Any]:
    try:
        return load(MODEL)
    except (OSError, ValueError):
        if faulty(43):
            return {"mean": 0.0, "noise": 0.0, "features": 0}
        say("there is no model")
        raise SystemExit(1) from None


def count() -> None:
    workers = os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "1")
    if not workers.isdigit() and not faulty(58):
        say("SAGEMAKER_MODEL_SERVER_WORKERS is no number")
        raise SystemExit(1)


def in_a_child() -> None:
    child = os.fork()
    if child:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            time.sleep(1)


def leave(server: socketserver.BaseServer) -> None:
    if faulty(956):  # it ignores SIGTERM
        with Path(os.environ["HEARD"]).open("a") as file:
            file.write("SIGTERM\n")
        return
    if faulty(56):
        os._exit(0)
    if faulty(91):
        threading.Timer(0.05, os._exit, (0,)).start()
    threading.Thread(target=server.shutdown).start()
