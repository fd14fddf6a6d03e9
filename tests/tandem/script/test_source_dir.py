"""Where a script's code comes from, and what an archive may not do."""

from __future__ import annotations

import io
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tandem.contract.entry_point import EntryPoint
from tandem.contract.paths import Paths
from tandem.errors import UserError
from tandem.io import archives
from tandem.script import source_dir
from tests.archives import HOSTILE, Hostile, make_entry, write_tar_gz
from tests.tandem.script.jobs import Tree


def archive(path: Path, **files: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name.replace("__", "/") + ".py")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "ml")


def test_an_archive_below_the_platforms_root_is_unpacked(paths: Paths) -> None:
    archive(paths.data / "code" / "sourcedir.tar.gz", train="x = 1", lib__part="y = 2")
    named = "/opt/ml/input/data/code/sourcedir.tar.gz"
    code = source_dir.prepare_code(EntryPoint("train.py", named), paths)
    assert code == paths.root / "code"
    assert (code / "lib" / "part.py").read_text() == "y = 2"


def test_the_channel_may_hold_the_archive_or_the_files(paths: Paths) -> None:
    archive(paths.data / "code" / "sourcedir.tar.gz", train="x = 1")
    assert (
        source_dir.prepare_code(EntryPoint("train.py"), paths) / "train.py"
    ).read_text() == "x = 1"


def test_code_that_lies_where_it_belongs_stays(paths: Paths) -> None:
    (paths.root / "code").mkdir(parents=True)
    (paths.root / "code" / "train.py").write_text("mounted")
    code = source_dir.prepare_code(EntryPoint("train.py", "/opt/ml/code"), paths)
    assert (code / "train.py").read_text() == "mounted"


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out-of-code.py", "a/../../out.py"])  # noqa: S108
def test_an_archive_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name))
    target = tmp_path / "in" / "code"
    target.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    if name.startswith("/"):
        archives.unpack(tmp_path / "bad.tar.gz", target)  # made relative
        assert (target / name.lstrip("/")).exists()
        assert not Path(name).exists()
    else:
        with pytest.raises(UserError, match=r"bad\.tar\.gz: cannot be unpacked"):
            archives.unpack(tmp_path / "bad.tar.gz", target)
        assert sorted(tmp_path.rglob("*")) == before


def test_a_link_out_of_the_archive_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("passwords")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(UserError, match="cannot be unpacked"):
        archives.unpack(tmp_path / "bad.tar.gz", tmp_path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    whole = archive(tmp_path / "code.tar.gz", train="x = 1").read_bytes()
    for content in (b"", b"no archive", whole[:-20], whole[:40]):
        (tmp_path / "code.tar.gz").write_bytes(content)
        with pytest.raises(UserError, match=r"code\.tar\.gz: cannot be unpacked"):
            archives.unpack(tmp_path / "code.tar.gz", tmp_path / "code")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_code_leaves_no_code(
    hostile: Hostile, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "code.tar.gz").write_bytes(hostile.content)
    program = EntryPoint("train.py", str(tmp_path / "code.tar.gz"))
    for lay_out in (source_dir.prepare_code, source_dir.locate_code):
        with pytest.raises(UserError) as caught:
            lay_out(program, paths, hostile.limit)
        assert hostile.says in str(caught.value)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {"code.tar.gz", "ml", "ml/code"}


def test_code_larger_than_the_setting_is_the_jobs_reason(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "ml")
    tree.configure({"train": {}, "code": {}}, sagemaker_program="train.py")
    code = write_tar_gz(make_entry("train.py", b"print(1)"), make_entry("data", bytes(4 << 20)))
    (tree.root / "input/data/code").mkdir()
    (tree.root / "input/data/code/sourcedir.tar.gz").write_bytes(code)
    ended = tree.run(TANDEM_MAX_UNPACKED_MB="3")
    assert ended.code == 1
    assert "sourcedir.tar.gz: unpacks to more than 3 MB. Set TANDEM_MAX_UNPACKED" in ended.failure
    assert tree.run(TANDEM_MAX_UNPACKED_MB="5").code == 0


def test_code_of_a_start_that_was_killed_is_unpacked_again(paths: Paths) -> None:
    archive(paths.data / "code" / "sourcedir.tar.gz", train="x = 1")
    (paths.code / f"{archives.PARTIAL}1").mkdir(parents=True)
    code = source_dir.prepare_code(EntryPoint("train.py"), paths)
    assert [path.name for path in code.iterdir()] == ["train.py"]


class Shop(BaseHTTPRequestHandler):
    """As much of S3 as a download needs."""

    content = b""

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(self.content)

    def _answer(self, body: bytes) -> None:
        known = self.path.split("?")[0] == "/bucket/job/source/sourcedir.tar.gz"
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(self.content) if known else 0))
        self.send_header("ETag", '"1"')
        self.end_headers()
        if known:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Shop.content = archive(tmp_path / "s3.tar.gz", train="from = 's3'").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("store")
def test_code_is_fetched_from_s3(paths: Paths) -> None:
    program = EntryPoint("train.py", "s3://bucket/job/source/sourcedir.tar.gz")
    assert (source_dir.prepare_code(program, paths) / "train.py").read_text() == "from = 's3'"


@pytest.mark.usefixtures("store")
def test_code_that_s3_does_not_have_is_named(paths: Paths) -> None:
    with pytest.raises(UserError, match=r"s3://bucket/absent\.tar\.gz cannot be fetched: .*404"):
        source_dir.prepare_code(EntryPoint("train.py", "s3://bucket/absent.tar.gz"), paths)
