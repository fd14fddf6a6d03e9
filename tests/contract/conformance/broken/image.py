"""A small image that keeps the contract, and breaks the one sentence that FAULT names.

Its model predicts the mean label plus a tenth of the sum of the features. It stands on the
standard library alone, so that it starts at once.
"""

import csv
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

FAULT = os.environ.get("FAULT") or Path(sys.argv[0]).name.rpartition("-C-")[2]
ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
CONFIG, DATA, MODEL, OUTPUT = (
    ROOT / name for name in ("input/config", "input/data", "model", "output")
)
KNOWN = {"rounds", "pace", "features"}
KEPT = 5
stopping = threading.Event()


def faulty(number: int) -> bool:
    return FAULT in {f"C-{number:03}", f"{number:03}"}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    if not faulty(8):
        sys.stdout.flush()


def refuse(sentence: str) -> NoReturn:
    code = 0 if faulty(22) else 1
    if not faulty(22):
        (OUTPUT / "failure").write_text(f"UserError: {sentence}")
    say(sentence)
    raise SystemExit(code)


def config(name: str) -> dict[str, Any]:
    path = CONFIG / f"{name}.json"
    if not path.exists():
        return {}
    return dict(json.loads(path.read_bytes()))


def decoded(value: str) -> str:
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, str) and not faulty(10) else value


def hyperparameters() -> tuple[int, float]:
    given = {name: decoded(value) for name, value in config("hyperparameters").items()}
    if faulty(11):
        given["rounds"] += ""
    unknown = [
        name
        for name in given
        if name not in KNOWN and not name.startswith(("sagemaker_", "_tuning"))
    ]
    if unknown and not faulty(12):
        refuse(f"there is no hyperparameter {unknown[0]}")
    try:
        rounds = int(given.get("rounds", "3"))
    except ValueError:
        refuse("a hyperparameter is no whole number" if faulty(9) else "rounds is no whole number")
    return rounds, float(given.get("pace", "0"))


def channel() -> str:
    channels = config("inputdataconfig")
    if faulty(13):
        for name in (path.name for path in DATA.iterdir()):
            if name not in {"train", "code"}:
                refuse(f"what is {name}?")
    if "train" not in channels:
        if faulty(16):
            refuse("something is missing")
        refuse("there is no channel train")
    if faulty(14):
        channels["train"]["S3DistributionType"] += ""
    kind = channels["train"].get("ContentType") or "text/csv"
    if not faulty(15):
        kind = kind.partition(";")[0].strip().lower()
    if kind != "text/csv":
        refuse(f"channel train is {kind}, not text/csv")
    if channels["train"]["TrainingInputMode"] == "Pipe":
        return piped()
    return filed()


def piped() -> str:
    if faulty(38):
        return filed()
    with (DATA / "train_0").open() as pipe:
        return pipe.read()


def filed() -> str:
    folder = DATA / "train"
    found = folder.glob("*.csv") if faulty(17) else folder.rglob("*")
    files = sorted(path for path in found if path.is_file())
    if not files:
        if faulty(18):
            time.sleep(70)
        refuse("channel train is empty")
    if faulty(20):
        (folder / ".cache").write_text("")
    return "".join(path.read_bytes().decode(errors="replace") for path in files)


def labels(text: str) -> list[float]:
    found = []
    for number, row in enumerate(csv.reader(text.replace("\0", "?").splitlines()), 1):
        try:
            label, *rest = [float(cell) for cell in row]
        except ValueError as error:
            refuse(str(error) if faulty(23) else f"train, row {number}: a field is no number")
        found.append(rest[-1] if faulty(19) else label)
    return found


def stop(*_: object) -> None:
    stopping.set()


def spoil(*_: object) -> NoReturn:
    (MODEL / "model.json").write_text('{"mean": 1')
    raise SystemExit(0)


def train() -> None:
    if faulty(21):
        return
    signal.signal(signal.SIGTERM, spoil if faulty(25) else stop)
    rounds, pace = hyperparameters()
    look_around()
    text = channel()
    known = labels(text)
    rank, peers = meet()
    state = boost(rounds, pace, known, peers)
    if rank and not faulty(35):
        return
    save({"mean": sum(known) / len(known), "features": features(text), **state})


def features(text: str) -> int:
    """Give how many columns it makes features of, where it stands first in a pipeline."""
    columns = text.partition("\n")[0].count(",")
    return columns if "features" in config("hyperparameters") else 0


def look_around() -> None:
    if faulty(32):
        os.environ["TRAINING_JOB_NAME"]
    if faulty(33):
        config("resourceconfig")["current_instance_type"]
    if faulty(34):
        for path in CONFIG.iterdir():
            json.loads(path.read_bytes())
    if faulty(24):
        (OUTPUT / "finished").write_text("")
    if faulty(30) and (MODEL / "model.json").exists():
        refuse("there is a model already")
    if faulty(6) and not Path("/sys/class/net/eth0").exists():
        refuse("there is no network")
    if faulty(7):
        Path("/opt/seen").write_text("")


def boost(
    rounds: int, pace: float, known: list[float], peers: list[socket.socket]
) -> dict[str, Any]:
    folder = checkpoints()
    done, noise = newest(folder)
    for index in range(done, rounds):
        if faulty(39) or (faulty(28) and done):
            noise += time.time_ns() % 1000 / 1000
        for peer in peers:
            exchange(peer)
        gap = " " if faulty(31) else "\t"
        say(f"[{index}]{gap}train-rmse:{len(known) / (index + 1):.5f}")
        if folder:
            keep(folder, index + 1, noise)
        if stopping.wait(pace):
            break
    return {"rounds": rounds, "noise": noise}


def checkpoints() -> Path | None:
    named = config("checkpointconfig").get("LocalPath")
    folder = ROOT / Path(named).relative_to("/opt/ml") if named else ROOT / "checkpoints"
    return folder if folder.is_dir() else None


def keep(folder: Path, done: int, noise: float) -> None:
    text = json.dumps({"done": done, "noise": noise, "whole": True})
    place = folder / f"round-{done:09}"
    if faulty(26):
        with place.open("w") as file:
            for letter in text:
                file.write(letter)
                file.flush()
                time.sleep(0.01)
    else:
        (folder / ".part").write_text(text)
        (folder / ".part").rename(place)
    for old in sorted(folder.glob("round-*"))[:-KEPT]:
        old.unlink()


def newest(folder: Path | None) -> tuple[int, float]:
    found = sorted(folder.glob("round-*"), reverse=True) if folder and not faulty(27) else []
    for path in found:
        try:
            kept = json.loads(path.read_text())
        except ValueError:
            if faulty(29):
                raise
            continue
        return int(kept["done"]), float(kept["noise"])
    return 0, 0.0


def save(model: dict[str, Any]) -> None:
    if faulty(40) or faulty(59):
        model["data"] = str(DATA)
    part = MODEL / ".part"
    part.write_text(json.dumps(model))
    part.rename(MODEL / "model.json")


def meet() -> tuple[int, list[socket.socket]]:
    """Join the other hosts: the first hears them, they call the first."""
    given = config("resourceconfig")
    hosts = sorted(given.get("hosts", ["algo-1"]))
    rank = hosts.index(given.get("current_host", "algo-1"))
    if len(hosts) == 1:
        return 0, []
    if rank:
        return rank, [call(hosts[0])]
    with socket.create_server((hosts[0], 9100)) as server:
        return 0, [server.accept()[0] for _ in hosts[1:]] if not faulty(36) else impatient(server)


def impatient(server: socket.socket) -> list[socket.socket]:
    server.settimeout(1)
    return [server.accept()[0]]


def call(host: str) -> socket.socket:
    for _ in range(60):
        try:
            return socket.create_connection((host, 9100), timeout=5)
        except OSError:
            time.sleep(0.1)
    raise SystemExit(1)


def exchange(peer: socket.socket) -> None:
    peer.settimeout(None)
    try:
        peer.sendall(b".")
        gone = not peer.recv(1)
    except OSError:
        gone = True
    if gone and faulty(37):
        raise SystemExit(0)
    if gone:
        refuse("the other host has gone")


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    if word == "train":
        train()
    elif word == "serve":
        importlib.import_module("server").serve()
    elif not faulty(2):
        say("usage: image train|serve")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
