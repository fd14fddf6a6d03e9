"""The wheelhouse: what is there with the right hash stays, everything else goes or is fetched."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from scripts.checkout.shell import Failure
from scripts.lock import lock_file, wheelhouse


def wheel(folder: Path, name: str) -> Path:
    """Make the smallest wheel that pip takes."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        archive.writestr(f"{info}/METADATA", metadata)
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", tag)
        archive.writestr(f"{info}/RECORD", "")
    return path


def pin(path: Path, digest: str | None = None) -> lock_file.Pin:
    """Pin a wheel to its own hash, or to another one."""
    name = path.name.split("-")[0]
    digest = digest or hashlib.sha256(path.read_bytes()).hexdigest()
    return lock_file.Pin(
        name, "1.0", "", frozenset({digest}), f"{name}==1.0 --hash=sha256:{digest}"
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip see one local folder and no index."""
    folder = tmp_path / "index"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_wheel_with_the_right_hash_stays_and_is_not_asked_for(tmp_path: Path) -> None:
    kept = wheel(tmp_path / "house", "alpha")
    assert wheelhouse.remove_unpinned(kept.parent, [pin(kept)]) == []
    assert kept.exists()


def test_a_wheel_that_no_lock_asks_for_is_removed(tmp_path: Path) -> None:
    old, kept = wheel(tmp_path / "house", "alpha"), wheel(tmp_path / "house", "beta")
    wheelhouse.remove_unpinned(kept.parent, [pin(kept)])
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    assert not old.exists()


def test_a_damaged_wheel_is_removed_and_fetched_again(tmp_path: Path, index: Path) -> None:
    wanted = pin(wheel(index, "alpha"))
    damaged = wheel(tmp_path / "house", "alpha")
    damaged.write_bytes(b"half a whe")
    missing = wheelhouse.remove_unpinned(damaged.parent, [wanted])
    assert missing == [wanted]
    wheelhouse.download(missing, damaged.parent)
    assert wheelhouse.remove_unpinned(damaged.parent, [wanted]) == []


def test_a_wheel_with_another_hash_never_arrives(tmp_path: Path, index: Path) -> None:
    forged = pin(wheel(index, "alpha"), digest="0" * 64)
    house = tmp_path / "house"
    house.mkdir()
    with pytest.raises(Failure, match=r"pip .*download .* ended with code 1"):
        wheelhouse.download([forged], house)
    assert list(house.iterdir()) == []
