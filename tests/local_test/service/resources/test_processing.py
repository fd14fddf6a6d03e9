"""Processing jobs through the AWS API: any program, from objects in S3 to objects in S3."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled
from tests.local_test.service.resources.test_training import wait_for
from tests.local_test.service.test_console import text

CODE = "/opt/ml/processing/code"
PYTHON = ["python3", f"{CODE}/program.py"]
GROUP = "/aws/sagemaker/ProcessingJobs"
SEES = """
import json, os, pathlib, sys
root = pathlib.Path("/opt/ml")
config = {name: json.loads((root / "config" / f"{name}.json").read_text())
          for name in ("processingjobconfig", "resourceconfig")}
host = config["resourceconfig"]["current_host"]
data = pathlib.Path(sys.argv[1])
files = sorted(data.rglob("*.csv"))
seen = {
    "files": {str(path.relative_to(data)): path.read_text() for path in files},
    "config": config,
    "colour": os.environ["COLOUR"],
    "job": os.environ["PROCESSING_JOB_NAME"],
    "there": os.path.isdir("/opt/ml/processing/out/deep"),
}
pathlib.Path("/opt/ml/processing/out/deep", f"{host}.json").write_text(json.dumps(seen))
pathlib.Path("/opt/ml/processing/out/deep/link").symlink_to("nothing")
pathlib.Path("/opt/ml/output/message").write_text("all is done, " + "ü" * 600)
print("worked on", len(seen["files"]))
"""


def name_spark() -> str:
    return "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu-py39-v1"


def given(name: str, uri: str, place: str, **more: Any) -> dict[str, Any]:
    told = {"S3Uri": uri, "LocalPath": place, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": told | more}


def dataset(query: str, place: str = "/opt/ml/processing/rows", **more: Any) -> dict[str, Any]:
    told = {
        "Catalog": "AwsDataCatalog",
        "Database": "default",
        "QueryString": query,
        "OutputS3Uri": "s3://processed/datasets",
        "OutputFormat": "JSON" if not more else "PARQUET",
    }
    definition = {"AthenaDatasetDefinition": told | more, "LocalPath": place}
    return {"InputName": "rows", "DatasetDefinition": definition}


def redshift() -> dict[str, Any]:
    told = {
        "ClusterId": "any",
        "Database": "any",
        "DbUser": "any",
        "QueryString": "SELECT 1",
        "ClusterRoleArn": ROLE,
        "OutputS3Uri": "s3://processed/datasets",
        "OutputFormat": "CSV",
    }
    definition = {"RedshiftDatasetDefinition": told, "LocalPath": "/opt/ml/processing/rows"}
    return {"InputName": "rows", "DatasetDefinition": definition}


def output(uri: str, place: str, mode: str = "EndOfJob") -> dict[str, Any]:
    told = {"S3Uri": uri, "LocalPath": place, "S3UploadMode": mode}
    return {"OutputName": place.rpartition("/")[2], "S3Output": told}


def process(account: Account, name: str, program: str, **more: Any) -> None:
    """Ask for a job that runs a program."""
    code = account.put(f"s3://processed/{name}/code/program.py", program)
    inputs = [given("code", code.rpartition("/")[0], CODE), *more.pop("inputs", ())]
    cluster = {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    application = {"ImageUri": name_image("standin"), "ContainerEntrypoint": PYTHON}
    account.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        ProcessingInputs=inputs,
        ProcessingOutputConfig={"Outputs": more.pop("outputs", [])},
        ProcessingResources={"ClusterConfig": cluster | {"InstanceCount": more.pop("hosts", 1)}},
        AppSpecification=application | more.pop("application", {}),
        **more,
    )


def ended(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName=name),
        "ProcessingJobStatus",
    )


@pytest.fixture(scope="module")
def processed(account: Account) -> Account:
    """The service with a bucket of three small objects, one of them packed."""
    packed = gzip.compress(b"3\n")
    objects: dict[str, str | bytes] = {"in/a.csv": "1\n", "in/b.csv": "2\n", "packed/c.csv": packed}
    account.bucket("processed", **objects)
    return account


def test_a_program_finds_its_inputs_and_leaves_its_outputs(processed: Account) -> None:
    data = "/opt/ml/processing/data"
    process(
        processed,
        "sees",
        SEES,
        inputs=[
            given("data", "s3://processed/in", data),
            given("packed", "s3://processed/packed", f"{data}/more", S3CompressionType="Gzip"),
        ],
        outputs=[output("s3://processed/sees/out", "/opt/ml/processing/out/deep")],
        application={"ContainerArguments": [data]},
        Environment={"COLOUR": "red"},
    )
    told = ended(processed, "sees")
    assert told["ProcessingJobStatus"] == "Completed", told
    assert told["ExitMessage"] == "all is done, " + "ü" * 505
    assert "FailureReason" not in told
    assert told["ProcessingStartTime"] <= told["ProcessingEndTime"]
    assert processed.keys("s3://processed/sees/out") == ["sees/out/algo-1.json"]
    seen = json.loads(processed.get("s3://processed/sees/out/algo-1.json"))
    assert seen["files"] == {"a.csv": "1\n", "b.csv": "2\n", "more/c.csv": "3\n"}
    assert (seen["colour"], seen["job"], seen["there"]) == ("red", "sees", True)
    assert seen["config"]["resourceconfig"] == {"current_host": "algo-1", "hosts": ["algo-1"]}
    config = seen["config"]["processingjobconfig"]
    assert config["ProcessingJobArn"] == told["ProcessingJobArn"]
    assert config["AppSpecification"]["ImageUri"] == name_image("standin")
    assert config["ProcessingInputs"][1]["S3Input"]["S3Uri"] == "s3://processed/in"
    assert processed.lines(GROUP, "sees/algo-1-") == ["worked on 3"]
    with urllib.request.urlopen(f"{processed.url}/console/processing-job/{REGION}/sees") as page:
        shown = text(page.read().decode())
    assert "command python3 /opt/ml/processing/code/program.py /opt/ml/processing/data" in shown
    assert "input packed s3://processed/packed" in shown
    assert shown.endswith("Log worked on 3")


def test_hosts_share_the_objects_and_know_each_other(processed: Account) -> None:
    process(
        processed,
        "hosts",
        SEES,
        hosts=2,
        inputs=[
            given(
                "data",
                "s3://processed/in",
                "/opt/ml/processing/data",
                S3DataDistributionType="ShardedByS3Key",
            )
        ],
        outputs=[output("s3://processed/hosts/out", "/opt/ml/processing/out/deep")],
        application={"ContainerArguments": ["/opt/ml/processing/data"]},
        Environment={"COLOUR": "red"},
    )
    assert ended(processed, "hosts")["ProcessingJobStatus"] == "Completed"
    found = [
        json.loads(processed.get(f"s3://processed/{key}"))
        for key in processed.keys("s3://processed/hosts/out")
    ]
    assert [list(seen["files"]) for seen in found] == [["a.csv"], ["b.csv"]]
    names = [seen["config"]["resourceconfig"]["current_host"] for seen in found]
    assert [seen["config"]["resourceconfig"]["hosts"] for seen in found] == [names] * 2


def test_a_program_that_fails_says_why_and_uploads_nothing(processed: Account) -> None:
    fails = (
        "import pathlib, sys\n"
        "pathlib.Path('/opt/ml/processing/out/half').write_text('half')\n"
        "sys.exit('the column price is missing')\n"
    )
    whole = [output("s3://processed/fails/out", "/opt/ml/processing/out")]
    process(processed, "fails", fails, outputs=whole)
    told = ended(processed, "fails")
    assert told["ProcessingJobStatus"] == "Failed"
    assert told["FailureReason"] == ("AlgorithmError: the column price is missing, exit code: 1")
    assert processed.keys("s3://processed/fails/out") == []
    absent = {"ContainerEntrypoint": ["no-such-program"]}
    process(processed, "absent", "", application=absent)
    reason = ended(processed, "absent")["FailureReason"]
    assert "the image has no program `no-such-program`: name one" in reason
    assert reason.endswith("exit code: 127")
    wrong = "import pathlib\npathlib.Path('/opt/ml/output/message').write_bytes(b'\\xff')\n"
    process(processed, "wrong", wrong)
    reason = ended(processed, "wrong")["FailureReason"]
    assert reason.startswith("ClientError: /opt/ml/output/message is not UTF-8")


@pytest.mark.parametrize(
    ("program", "hosts", "reason"),
    [
        (
            "import os; print('working', flush=True); os.kill(os.getpid(), 9)",
            1,
            r"\S+: it was killed by SIGKILL, often as memory ran out: give .*, exit code: 137",
        ),
        (
            "import json, os, pathlib, time\n"
            "told = json.loads(pathlib.Path('/opt/ml/config/resourceconfig.json').read_text())\n"
            "print('working', flush=True)\n"
            "if told['current_host'] == max(told['hosts']): os.kill(os.getpid(), 11)\n"
            "time.sleep(600)\n",
            2,
            r"\S+: it crashed in native code \(SIGSEGV, exit code 139\): .*, exit code: 139",
        ),
        (
            "import json, pathlib, sys, time\n"
            "told = json.loads(pathlib.Path('/opt/ml/config/resourceconfig.json').read_text())\n"
            "if told['current_host'] == max(told['hosts']): sys.exit('no price')\n"
            "time.sleep(600)\n",
            2,
            r"\S+: no price, exit code: 1",
        ),
    ],
    ids=["killed", "one-of-two-crashed", "one-of-two-failed"],
)
def test_a_reason_names_the_host_and_the_signal(
    processed: Account, program: str, hosts: int, reason: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    process(processed, name, program, hosts=hosts)
    told = ended(processed, name)
    assert told["ProcessingJobStatus"] == "Failed"
    assert re.fullmatch(f"AlgorithmError: {reason}", told["FailureReason"]), told


LONG = """
import pathlib, time
place = pathlib.Path("/opt/ml/processing/out/part")
place.write_text("first")
print("working", flush=True)
time.sleep(600)
"""


def test_a_job_is_stopped_and_what_it_wrote_by_then_is_kept(processed: Account) -> None:
    parts = [output("s3://processed/long/out", "/opt/ml/processing/out", "Continuous")]
    process(processed, "long", LONG, outputs=parts)
    wait_for(lambda: processed.keys("s3://processed/long/out") == ["long/out/part"])
    listed = processed.sagemaker.list_processing_jobs(StatusEquals="InProgress")
    assert [job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]] == ["long"]
    processed.sagemaker.stop_processing_job(ProcessingJobName="long")
    told = ended(processed, "long")
    assert told["ProcessingJobStatus"] == "Stopped"
    assert "FailureReason" not in told
    with pytest.raises(ClientError, match="status Stopped"):
        processed.sagemaker.stop_processing_job(ProcessingJobName="long")
    limit = {"MaxRuntimeInSeconds": 1}
    process(processed, "late", "import time\ntime.sleep(600)\n", StoppingCondition=limit)
    assert ended(processed, "late")["ProcessingJobStatus"] == "Stopped"


LOOKS = """
import gzip, json, os
seen = []
for name in sorted(os.listdir("/opt/ml/processing/rows")):
    with gzip.open(f"/opt/ml/processing/rows/{name}", "rt") as file:
        seen += [json.loads(line) for line in file]
assert not os.path.exists("/opt/ml/processing/own")
with open("/opt/ml/processing/out/seen.json", "w") as file:
    json.dump(seen, file)
"""


def test_a_dataset_definition_is_the_result_of_a_query_as_files(processed: Account) -> None:
    own = dataset("SELECT 2", "/opt/ml/processing/own") | {"InputName": "own", "AppManaged": True}
    by_program = {"FeatureStoreOutput": {"FeatureGroupName": "any"}, "AppManaged": True}
    process(
        processed,
        "queried",
        LOOKS,
        inputs=[dataset("SELECT 1 AS a, 0.1e0 AS b UNION ALL SELECT 2, NULL ORDER BY a;"), own],
        outputs=[
            output("s3://processed/queried/out", "/opt/ml/processing/out"),
            {"OutputName": "records", **by_program},
        ],
    )
    told = ended(processed, "queried")
    assert told["ProcessingJobStatus"] == "Completed", told.get("FailureReason")
    seen = json.loads(processed.get("s3://processed/queried/out/seen.json"))
    assert seen == [{"a": 1, "b": 0.1}, {"a": 2, "b": None}]
    assert len(processed.keys("s3://processed/datasets")) == 2  # the rows and their manifest
    process(processed, "unqueried", LOOKS, inputs=[dataset("SELECT a FROM nowhere")])
    told = ended(processed, "unqueried")
    assert told["ProcessingJobStatus"] == "Failed"
    assert "default.nowhere' does not exist" in told["FailureReason"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"inputs": [given("a", "s3://processed/none", CODE + "/x")]}, "no S3 object under"),
        ({"inputs": [given("a", "s3://processed/in", "/opt/ml/input")]}, "local path"),
        ({"inputs": [given("a", "s3://processed/in", f"{CODE}/../../x")]}, "local path"),
        ({"inputs": [given("a", "s3://processed/in", CODE)]}, "more than once"),
        (
            {"inputs": [given("a", "s3://processed/in", CODE + "/x", S3InputMode="Pipe")]},
            "S3InputMode Pipe is not done here",
        ),
        ({"inputs": [{"InputName": "a", "DatasetDefinition": {}}]}, "is incomplete"),
        ({"inputs": [dataset("SELECT 1", OutputFormat="AVRO")]}, "format AVRO is not supported"),
        (
            {"inputs": [dataset("SELECT 1", OutputCompression="ZLIB")]},
            "PARQUET files with compression ZLIB",
        ),
        ({"inputs": [dataset("SELECT 1", Catalog="mine")]}, "catalog mine is not supported"),
        ({"inputs": [redshift()]}, "Redshift is not supported by the local service. Use Athena"),
        (
            {"outputs": [{"OutputName": "a", "FeatureStoreOutput": {"FeatureGroupName": "b"}}]},
            "FeatureStoreOutput without AppManaged",
        ),
        ({"application": {"ContainerArguments": ["a"] * 101}}, "less than or equal to 100"),
        ({"hosts": 21}, "give 1 to 20"),
        ({"application": {"ContainerEntrypoint": [""]}}, "ContainerEntrypoint is empty"),
        ({"application": {"ImageUri": name_spark()}}, "Spark is not run here"),
    ],
)
def test_what_cannot_be_processed_is_refused(
    processed: Account, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        process(processed, "never", "", **change)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
