"""`local-sagemaker report`: the page of a job, from its archive, and of a search."""

import json
import webbrowser
from pathlib import Path

import pytest

from local_test.cli import main
from tests.archives import make_entry, write_tar_gz


def write_output(folder: Path, *names: str) -> Path:
    archive = folder / "output.tar.gz"
    entries = [make_entry(name, f"<p>{name}".encode()) for name in names]
    archive.write_bytes(write_tar_gz(*entries))
    return archive


def test_a_jobs_report_is_read_from_its_archive_also_a_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_output(tmp_path, "baseline/statistics.json", "report.html")
    (tmp_path / "report.html").write_text("of an earlier job")
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'report.html'}\n"
    assert (tmp_path / "report.html").read_text() == "<p>report.html"
    assert main(["report", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(tmp_path / "report.html")}


def test_a_searchs_report_stays_where_it_is_and_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    (tmp_path / "report.html").write_text("of a search")
    assert main(["report", str(tmp_path), "--open"]) == 0
    assert opened == [(tmp_path / "report.html").as_uri()]
    assert (tmp_path / "report.html").read_text() == "of a search"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(None, "has neither output.tar.gz nor report.html"), (("a.txt",), "has no report.html")],
)
def test_a_folder_without_a_report_is_named(
    names: tuple[str, ...] | None,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if names is not None:
        write_output(tmp_path, *names)
    assert main(["report", str(tmp_path)]) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_damaged_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = write_output(tmp_path, "report.html")
    archive.write_bytes(archive.read_bytes()[:40])
    assert main(["report", str(tmp_path)]) == 1
    assert f"{archive} cannot be read" in capsys.readouterr().err
