"""Batch transform: which records go in one request, what is written, what is not."""

from pathlib import Path
from typing import Any

import pytest

from local_test.endpoints import Stage
from local_test.engines import Engine
from local_test.errors import UserError
from local_test.jobs import BatchSettings, Split, TransformJob, TransformResult, transform
from tests.local_test.conftest import Log, ModelMaker

LINES = "".join(f"{number},{'x' * 100}\n" for number in range(30_000))
"""3 MB of records, so that one request of at most 1 MB cannot take them all."""


def run(engine: Engine, job: TransformJob, output: Path, log: Log) -> TransformResult:
    return transform(job, output, engine, logs=log)


def by_line(stages: list[Stage], source: Path, **more: Any) -> TransformJob:
    return TransformJob(
        stages,
        source,
        content_type="text/csv",
        accept="text/csv",
        split=Split.LINE,
        assemble=Split.LINE,
        **more,
    )


@pytest.mark.usefixtures("scratch")
def test_each_line_gives_one_line_in_order(
    engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(LINES)
    settings = BatchSettings(max_payload_mb=1, max_concurrent=4)
    stages = [Stage("standin", make_model(newline=False)), Stage("standin", make_model(tag="u"))]
    result = run(engine, by_line(stages, source, settings=settings), tmp_path / "out", log)
    assert result.status == "Completed"
    written = (tmp_path / "out/rows.csv.out").read_text()
    assert written == "".join(f"u(t({line}))\n" for line in LINES.splitlines())
    seen = log.requests("container-1")
    assert len(seen) == 4
    assert {request["batch"] for request in seen} == {"true"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rows.csv.out"]


def test_single_and_multi_record_give_the_same_file(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n2\n3")
    for strategy in ("SingleRecord", "MultiRecord"):
        job = by_line([Stage("standin", make_model())], source, settings=BatchSettings(strategy))
        run(process_engine, job, tmp_path / strategy, log)
        assert (tmp_path / strategy / "rows.csv.out").read_text() == "t(1)\nt(2)\nt(3)\n"
    assert len(log.requests("primary")) == 4


def test_the_containers_own_settings_hold_where_the_request_says_nothing(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n2\n3\n")
    model = make_model(parameters={"BatchStrategy": "SINGLE_RECORD"})
    run(process_engine, by_line([Stage("standin", model)], source), tmp_path / "out", log)
    assert [request["lines"] for request in log.requests("primary")] == [1, 1, 1]


def test_without_splitting_an_object_is_one_request_and_bytes_stay_bytes(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n2\n")
    job = TransformJob([Stage("standin", make_model(newline=False))], source)
    run(process_engine, job, tmp_path / "out", log)
    assert (tmp_path / "out/rows.csv.out").read_bytes() == b"t(1)\nt(2)"
    assert log.requests("primary")[0]["content_type"] is None


def test_a_payload_of_zero_streams_the_object_whole(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n2\n")
    job = TransformJob(
        [Stage("standin", make_model())], source, settings=BatchSettings(max_payload_mb=0)
    )
    run(process_engine, job, tmp_path / "out", log)
    assert log.requests("primary")[0]["chunked"] is True
    assert (tmp_path / "out/rows.csv.out").read_text() == "t(1)\nt(2)\n"


@pytest.mark.usefixtures("scratch")
def test_a_folder_gives_one_output_an_object_and_a_failing_object_gives_none(
    engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "a.csv").write_text("1\n")
    (source / "b.csv").write_text("2\nbad\n3\n")
    (source / "deep/c.csv").write_text("4\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b.csv.out").write_text("of an earlier job")
    job = by_line([Stage("standin", make_model(refuses="bad"))], source)
    result = run(engine, job, tmp_path / "out", log)
    assert result.status == "Failed"
    assert result.failure_reason.startswith(
        "b.csv: lines 1 to 3: Received client error (415) from primary"
    )
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "out").as_posix(): path.read_text() for path in files} == {
        "a.csv.out": "t(1)\n",
        "deep/c.csv.out": "t(4)\n",
    }
    assert result.outputs == [tmp_path / "out/a.csv.out", tmp_path / "out/deep/c.csv.out"]


def test_a_passing_failure_is_retried_and_a_refusal_is_not(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n")
    job = by_line([Stage("standin", make_model(flaky=2))], source)
    assert run(process_engine, job, tmp_path / "out", log).status == "Completed"
    assert len(log.requests("primary")) == 3
    refusing = by_line([Stage("standin", make_model(refuses="1"))], source)
    assert run(process_engine, refusing, tmp_path / "out", log).status == "Failed"
    assert len(log.requests("primary")) == 4


def test_an_answer_with_too_few_lines_is_written_with_a_warning(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n2\n3\n")
    job = by_line([Stage("standin", make_model(drops="2"))], source)
    result = run(process_engine, job, tmp_path / "out", log)
    assert result.status == "Completed"
    assert result.warnings == ["rows.csv: 2 lines came back for the 3 records of lines 1 to 3"]
    assert (tmp_path / "out/rows.csv.out").read_text() == "t(1)\nt(3)\n"


def test_a_record_over_the_payload_limit_fails_its_object(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n" + "x" * (1 << 20) + "\n")
    settings = BatchSettings(max_payload_mb=1)
    job = by_line([Stage("standin", make_model())], source, settings=settings)
    result = run(process_engine, job, tmp_path / "out", log)
    assert "rows.csv: line 2 has 1048577 bytes; one request takes 1048576" in result.failure_reason


def test_an_object_too_large_for_a_request_names_the_options_that_send_it(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n" * (1 << 20))
    for megabytes, status in ((1, "Failed"), (2, "Completed"), (0, "Completed")):
        settings = BatchSettings(max_payload_mb=megabytes)
        job = TransformJob([Stage("standin", make_model())], source, "text/csv", settings=settings)
        result = run(process_engine, job, tmp_path / f"out-{megabytes}", log)
        assert result.status == status
        if status == "Failed":
            assert result.failure_reason == (
                "rows.csv: it has 2097152 bytes; one request takes 1048576; use --max-payload 2"
                " (MaxPayloadInMB), or --max-payload 0 (MaxPayloadInMB) to stream; or split it by"
                " lines (--split Line)"
            )


def test_a_container_that_does_not_come_up_fails_the_job(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("1\n")
    job = by_line([Stage("standin", make_model(broken=True))], source)
    result = run(process_engine, job, tmp_path / "out", log)
    assert result.status == "Failed"
    assert "its last words: the model cannot be loaded" in result.failure_reason
    assert list(result.log) == ["the model cannot be loaded"]


def test_an_empty_file_gives_an_empty_output(
    process_engine: Engine, make_model: ModelMaker, tmp_path: Path, log: Log
) -> None:
    (tmp_path / "rows.csv").write_text("")
    job = by_line([Stage("standin", make_model())], tmp_path / "rows.csv")
    assert run(process_engine, job, tmp_path / "out", log).status == "Completed"
    assert (tmp_path / "out/rows.csv.out").read_bytes() == b""


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"settings": BatchSettings(max_payload_mb=101)}, "101 MB is refused"),
        ({"settings": BatchSettings(max_payload_mb=50, max_concurrent=3)}, "100 MB at most"),
        ({"retries": 4}, "4 retries are refused"),
        ({"timeout": 0.5}, "timeout of 0.5 s is refused"),
    ],
)
def test_what_the_service_would_refuse_is_refused(
    more: dict[str, Any], sentence: str, process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    (tmp_path / "rows.csv").write_text("1\n")
    job = by_line([Stage("standin")], tmp_path / "rows.csv", **more)
    with pytest.raises(UserError, match=sentence):
        run(process_engine, job, tmp_path / "out", log)


def test_an_empty_folder_is_refused(process_engine: Engine, tmp_path: Path, log: Log) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(UserError, match="is empty"):
        run(process_engine, by_line([Stage("standin")], tmp_path / "in"), tmp_path / "out", log)
