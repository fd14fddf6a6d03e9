#!/usr/bin/env python3
"""A container program that follows the service's contract by hand, and misbehaves when told to.

`train` does what the hyperparameter `act` says; `serve` what `behaviour.json` in its model says.
It is run as it is, by both engines, and uses the standard library alone.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Never

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# --- train ---------------------------------------------------------------------------------------


def train() -> None:
    hyperparameters = json.loads((ROOT / "input/config/hyperparameters.json").read_text())
    ACTS[hyperparameters.get("act", "report")](hyperparameters)


def report(_: dict[str, str]) -> None:
    """Put all the container saw into its model."""
    seen: dict[str, Any] = {
        path.stem: json.loads(path.read_text()) for path in (ROOT / "input/config").iterdir()
    }
    data = ROOT / "input/data"
    files = sorted(path for path in data.rglob("*") if path.is_file())
    seen["files"] = {path.relative_to(data).as_posix(): path.read_text() for path in files}
    seen["environment"] = dict(os.environ)
    (ROOT / "model/nested").mkdir()
    (ROOT / "model/nested/seen.json").write_text(json.dumps(seen))
    (ROOT / "output/data/extra.txt").write_text("extra")
    say("[0]\ttrain-rmse:0.5\tvalidation-rmse:0.75")
    say("[1]\ttrain-rmse:0.25\tvalidation-rmse:0.5")
    say("loss=3.5 at the end")


def fail(_: dict[str, str]) -> Never:
    say("about to fail")
    (ROOT / "model/half.bin").write_text("half")
    (ROOT / "output/failure").write_text("The column `price` is missing.\n" + "x" * 2000)
    raise SystemExit(1)


def vanish(_: dict[str, str]) -> Never:
    raise SystemExit(3)


def link(_: dict[str, str]) -> None:
    (ROOT / "model/real.txt").write_text("real")
    (ROOT / "model/link.txt").symlink_to("real.txt")


def overwrite(_: dict[str, str]) -> None:
    """Try to change every input, and say what came of it."""
    verdicts: dict[str, str | None] = {}
    for path in sorted((ROOT / "input/data").rglob("*.csv")):
        try:
            path.write_text("spoilt")
            verdicts[path.name] = "written"
        except OSError as error:
            verdicts[path.name] = error.strerror
    (ROOT / "model/verdicts.json").write_text(json.dumps(verdicts))


def obey(hyperparameters: dict[str, str]) -> None:
    """Work until SIGTERM, then leave a whole model."""

    def finish(*_: object) -> Never:
        (ROOT / "model/early.txt").write_text("early but whole")
        say("told to stop")
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, finish)
    say("working")
    if "told" in hyperparameters:
        greet(hyperparameters["told"], resources()["current_host"])
    while True:
        time.sleep(0.05)


def deaf(_: dict[str, str]) -> Never:
    """Ignore SIGTERM, with a child that ignores it too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    say(f"working, pids {os.getpid()} {child.pid}")
    while True:
        time.sleep(0.05)


def litter(_: dict[str, str]) -> None:
    """End well, but leave a child behind."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    say(f"left {child.pid}")


def murder(_: dict[str, str]) -> Never:
    if os.getpid() == 1:
        raise SystemExit(137)  # the kernel lets nobody kill the first process of a namespace
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def resources() -> dict[str, Any]:
    return dict(json.loads((ROOT / "input/config/resourceconfig.json").read_text()))


def interfaces(_: dict[str, str]) -> None:
    """Say which networks there are."""
    (ROOT / "model/interfaces.json").write_text(
        json.dumps([path.name for path in Path("/sys/class/net").iterdir()])
    )


def meet(_: dict[str, str]) -> None:
    """The first host hears every other one by name; each says what it was given."""
    told = resources()
    first, *others = told["hosts"]
    host = told["current_host"]
    files = sorted(path.name for path in (ROOT / "input/data").rglob("*") if path.is_file())
    (ROOT / f"output/data/{host}.json").write_text(json.dumps(files))
    if host != first:
        greet(first, host)
        return
    heard = hear(first, len(others))
    (ROOT / "model/heard.json").write_text(json.dumps(heard))


def hear(host: str, count: int) -> list[str]:
    heard = []
    with socket.create_server((host, 9000)) as server:
        for _other in range(count):
            peer, _address = server.accept()
            with peer:
                heard.append(peer.recv(100).decode())
    return sorted(heard)


def greet(listener: str, host: str) -> None:
    for _attempt in range(200):
        try:
            with socket.create_connection((listener, 9000), timeout=5) as peer:
                peer.sendall(host.encode())
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(4)


def count(_: dict[str, str]) -> None:
    """Count one further than the last run, in the checkpoints."""
    config = json.loads((ROOT / "input/config/checkpointconfig.json").read_text())
    folder = ROOT / Path(config["LocalPath"]).relative_to("/opt/ml")
    reached = max((int(path.name) for path in folder.iterdir()), default=0) + 1
    (folder / str(reached)).write_text("")
    if reached == 1:
        murder({})
    (ROOT / "model/reached").write_text(str(reached))


def betray(_: dict[str, str]) -> None:
    """The last host fails while the others work."""
    told = resources()
    *others, last = told["hosts"]
    if told["current_host"] == last:
        hear(last, len(others))
        (ROOT / "output/failure").write_text("the last host gave up")
        raise SystemExit(1)
    obey({"told": last})


def perish(_: dict[str, str]) -> None:
    """The last host is killed while the others work."""
    *others, last = resources()["hosts"]
    if resources()["current_host"] == last:
        hear(last, len(others))
        murder({})
    obey({"told": last})


def sip(hyperparameters: dict[str, str]) -> None:
    """Read some epochs of each channel that is a pipe, each whole or only its first bytes."""
    channels = json.loads((ROOT / "input/config/inputdataconfig.json").read_text())
    host = resources()["current_host"]
    seen = {}
    for name, told in channels.items():
        if told["TrainingInputMode"] == "Pipe":
            for epoch in range(int(hyperparameters["epochs"])):
                with (ROOT / f"input/data/{name}_{epoch}").open("rb") as pipe:
                    seen[f"{name}_{epoch}"] = pipe.read(int(hyperparameters.get("bytes", -1))).hex()
    left = sorted(path.name for path in (ROOT / "input/data").iterdir())
    told = {"config": channels, "seen": seen, "left": left}
    (ROOT / f"output/data/{host}.json").write_text(json.dumps(told))


def score(hyperparameters: dict[str, str]) -> None:
    """Say a loss each round, the nearer `x` to 3 the smaller; far from it, go on until stopped."""
    loss = (float(hyperparameters["x"]) - 3) ** 2
    (ROOT / "model/x").write_text(hyperparameters["x"])
    for _ in range(3):
        say(f"loss={loss} kind={hyperparameters.get('kind')}")
    if loss > float(hyperparameters.get("patience", "inf")):
        obey({})


def descend(hyperparameters: dict[str, str]) -> None:
    """Say a loss ten times a second for so many `rounds`, the nearer `x` to 3 the smaller."""
    (ROOT / "model/x").write_text(hyperparameters["x"])
    for number in range(1, int(hyperparameters["rounds"]) + 1):
        say(f"loss={(float(hyperparameters['x']) - 3) ** 2 + 1 / number}")
        time.sleep(0.1)


def resume(_: dict[str, str]) -> None:
    """The first time work until told to stop; with a checkpoint, end."""
    if (ROOT / "checkpoints/reached").exists():
        (ROOT / "model/resumed").write_text("whole")
        return
    (ROOT / "checkpoints/reached").write_text("1")
    obey({})


ACTS = {
    act.__name__: act
    for act in (
        *(report, fail, vanish, link, overwrite, obey, deaf, litter, murder),
        *(interfaces, meet, betray, perish, count, sip, score, descend, resume),
    )
}


# --- serve ---------------------------------------------------------------------------------------


def behaviour(folder: Path) -> dict[str, Any]:
    path = folder / "behaviour.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


class Models:
    """A multi-model endpoint with room for as many models as ROOM says."""

    def __init__(self) -> None:
        self.room = int(os.environ.get("ROOM", "100"))
        self.ways: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    def load(self, asked: dict[str, str]) -> int:
        name = asked["model_name"]
        folder = ROOT / Path(asked["url"]).relative_to("/opt/ml")
        ways = behaviour(folder)
        time.sleep(ways.get("load_delay", 0))
        with self.lock:
            if name in self.ways or len(self.ways) >= self.room:
                return 409 if name in self.ways else 507
            if not ways.get("broken"):
                self.ways[name] = ways
        say(f"load {asked['url']} {sorted(path.name for path in folder.iterdir())}")
        return 400 if ways.get("broken") else 200

    def unload(self, name: str) -> int:
        with self.lock:
            known = self.ways.pop(name, None) is not None
        say(f"unload {name}")
        return 200 if known else 404

    def lose(self, name: str) -> None:
        with self.lock:
            del self.ways[name]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ways = behaviour(ROOT / "model")
    models = Models() if os.environ.get("SAGEMAKER_MULTI_MODEL") == "true" else None
    calls = 0
    gate = threading.Event()

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/ping":
            self.reply(503 if self.ways.get("never_ready") else 200)
        elif self.path == "/execution-parameters" and "parameters" in self.ways:
            self.reply(200, json.dumps(self.ways["parameters"]).encode())
        else:
            self.reply(404)

    def do_DELETE(self) -> None:
        self.reply(self.models.unload(self.path.split("/")[2]) if self.models else 404)

    def do_POST(self) -> None:
        Handler.calls += 1
        body = self.body()
        if self.models is not None:
            if self.path == "/models":
                self.reply(self.models.load(json.loads(body)), b"about the load")
                return
            name = self.path.split("/")[2]
            ways = self.models.ways.get(name)
            if ways is None:
                self.reply(404)
                return
            self.ways = ways
            if ways.get("lost") and body == b"lose":
                self.models.lose(name)
        seen = {
            "path": self.path,
            "target": self.headers["X-Amzn-SageMaker-Target-Model"],
            "content_type": self.headers["Content-Type"],
            "accept": self.headers["Accept"],
            "attributes": self.headers["X-Amzn-SageMaker-Custom-Attributes"],
            "chunked": "Transfer-Encoding" in self.headers,
            "lines": body.count(b"\n"),
            "batch": os.environ.get("SAGEMAKER_BATCH"),
        }
        say(f"request {json.dumps(seen)}")
        time.sleep(self.ways.get("delay", 0))
        if self.ways.get("dies"):
            os._exit(5)
        bad = self.ways.get("refuses", "\0").encode() in body
        if bad or Handler.calls <= self.ways.get("flaky", 0):
            self.reply(415 if bad else 500, b"no " * self.ways.get("shouts", 1))
            return
        if body == b"open the gate":
            self.gate.set()
        elif "streams" in self.ways:
            self.stream(self.ways["streams"])
            return
        attributes = self.headers["X-Amzn-SageMaker-Custom-Attributes"]
        echo = {"X_Amzn_SageMaker_Custom_Attributes": attributes} if attributes else {}
        echo |= self.session(body) if "sessions" in self.ways else {}
        self.reply(200, self.answer(body), Content_Type=self.reply_type(), **echo)

    def session(self, body: bytes) -> dict[str, str]:
        """Open a session named by this process, and close it when told to."""
        asked, own = self.headers["X-Amzn-SageMaker-Session-Id"], f"session-{os.getpid()}"
        if asked == "NEW_SESSION":
            ends = self.ways["sessions"]
            return {"X_Amzn_SageMaker_New_Session_Id": f"{own}; Expires={ends}"}
        closes = body == b"close" and asked == own
        return {"X_Amzn_SageMaker_Closed_Session_Id": own} if closes else {}

    def stream(self, parts: list[str]) -> None:
        """Send the first part, and the others when the gate is open; "!" breaks the response."""
        self.send_response(200)
        self.send_header("Content-Type", self.reply_type())
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "streamed")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            if part == "!":
                self.close_connection = True
                return
            self.wfile.write(f"{len(part):x}\r\n{part}\r\n".encode())
            self.gate.wait(self.ways.get("patience", 60))
        self.wfile.write(b"0\r\n\r\n")

    def body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def reply_type(self) -> str:
        return str(self.ways.get("reply_type", "text/csv; charset=utf-8"))

    def answer(self, body: bytes) -> bytes:
        """Wrap each line in this container's tag."""
        tag = str(os.getpid()) if "sessions" in self.ways else self.ways.get("tag", "t")
        drop = self.ways.get("drops", "\0")
        kept = [line for line in body.decode().splitlines() if drop not in line]
        end = "\n" if self.ways.get("newline", True) else ""
        return ("\n".join(f"{tag}({line})" for line in kept) + end).encode()


def serve() -> None:
    ways = Handler.ways
    if ways.get("broken"):
        say("the model cannot be loaded")
        raise SystemExit(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    address = os.environ.get("TANDEM_BIND_ADDRESS", "0.0.0.0")
    say(f"listening on {port}, safe {os.environ.get('SAGEMAKER_SAFE_PORT_RANGE')}")
    say(f"colour {os.environ.get('COLOUR')}")
    ThreadingHTTPServer((address, port), Handler).serve_forever()


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]]()
