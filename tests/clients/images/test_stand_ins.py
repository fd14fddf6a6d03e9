"""Image URIs of Amazon's run on local stand-ins, on both engines: jobs and an endpoint."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import urllib.request
from importlib import metadata
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, wait_until_settled

SCIKIT = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:0.23-1-cpu-py3"
XGBOOST = "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3"
SPARK = "906073651304.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu-py39-v1"
CODE = "/opt/ml/processing/input/code"
NUMBERS = "".join(f"{row % 7},{row},{row * 0.5}\n" for row in range(60))
PROGRAM = """
import json, os, sys
import boto3, matplotlib, pandas, requests, sklearn
rows = pandas.read_csv("/opt/ml/processing/input/data/rows.csv")
total = {"sum": int(rows["n"].sum()), "version": sklearn.__version__, "words": sys.argv[1:]}
with open("/opt/ml/processing/output/total.json", "w") as file:
    json.dump(total, file)
"""
SCRIPT = """
import argparse, os, joblib, pandas
from sklearn.linear_model import LinearRegression
parser = argparse.ArgumentParser()
parser.add_argument("--intercept", type=int)
rows = pandas.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "a.csv"), header=None)
model = LinearRegression(fit_intercept=bool(parser.parse_args().intercept))
model.fit(rows[[1, 2]], rows[0])
joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
def model_fn(folder):
    return joblib.load(os.path.join(folder, "model.joblib"))
"""


def read_page(account: Account, kind: str, name: str) -> str:
    with urllib.request.urlopen(f"{account.url}/console/{kind}/{REGION}/{name}") as page:
        return str(page.read().decode())


def warn(library: str, named: str) -> str:
    version = metadata.version(library.replace("xgboost", "xgboost-cpu"))
    return f"warning: the image URI names {library} {named}, and {library} {version} runs here"


def process(account: Account, name: str, image: str, **more: Any) -> None:
    account.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        AppSpecification={"ImageUri": image, "ContainerEntrypoint": ["python3", f"{CODE}/x.py"]},
        ProcessingResources={
            "ClusterConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            }
        },
        **more,
    )


def put_input(name: str, uri: str, folder: str) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def test_a_processing_job_of_scikit_learn_runs_on_the_general_image(account: Account) -> None:
    data = account.bucket("processed", **{"data/rows.csv": "n\n40\n2\n", "code/x.py": PROGRAM})
    output = {
        "S3Uri": f"{data}/out",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    process(
        account,
        "totals",
        SCIKIT,
        ProcessingInputs=[
            put_input("data", f"{data}/data", "/opt/ml/processing/input/data"),
            put_input("code", f"{data}/code/x.py", CODE),
        ],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "total", "S3Output": output}]},
    )
    told = wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName="totals"),
        "ProcessingJobStatus",
    )
    lines = account.lines("/aws/sagemaker/ProcessingJobs", "totals")
    assert told["ProcessingJobStatus"] == "Completed", [told, lines]
    total = json.loads(account.get(f"{data}/out/total.json"))
    assert total == {"sum": 42, "version": metadata.version("scikit-learn"), "words": []}
    assert lines[0].startswith(f"image tandem-python stands in for {SCIKIT} (python 3.")
    assert f"scikit-learn {total['version']}, xgboost 3." in lines[0]
    assert lines[1] == warn("scikit-learn", "0.23")
    page = read_page(account, "processing-job", "totals")
    assert lines[0] in page
    assert lines[1] in page


def test_a_script_for_scikit_learn_trains_on_the_preprocessor(account: Account) -> None:
    data = account.bucket("scripted", **{"train/a.csv": NUMBERS, "code/fit.py": SCRIPT})
    inputs = [
        {
            "ChannelName": name,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{name}"}},
        }
        for name in ("train", "code")
    ]
    values = {"sagemaker_program": "fit.py", "intercept": "1"}
    account.train("scripted", SCIKIT, data, inputs=inputs, HyperParameters=values)
    told = account.trained("scripted")
    lines = account.lines("/aws/sagemaker/TrainingJobs", "scripted/algo-1-")
    assert told["TrainingJobStatus"] == "Completed", [told, lines]
    assert lines[0].startswith(f"image tandem-preprocessor stands in for {SCIKIT} (")
    assert lines[1] == warn("scikit-learn", "0.23")
    assert lines[1] in read_page(account, "training-job", "scripted")
    model = account.get(told["ModelArtifacts"]["S3ModelArtifacts"])
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        assert "model.joblib" in archive.getnames()


def test_the_algorithm_xgboost_of_old_trains_a_pickle_and_serves_it(account: Account) -> None:
    data = account.bucket("boosted", **{"train/a.csv": NUMBERS})
    account.train("boosted", XGBOOST, f"{data}/train", HyperParameters={"num_round": "3"})
    told = account.trained("boosted")
    assert told["TrainingJobStatus"] == "Completed", told
    with tarfile.open(
        fileobj=io.BytesIO(account.get(told["ModelArtifacts"]["S3ModelArtifacts"]))
    ) as archive:
        file = archive.extractfile("xgboost-model")
        assert file is not None
        booster = pickle.load(file)  # noqa: S301 (as evaluate.py of Amazon's template does)
    model = {"Image": XGBOOST, "ModelDataUrl": told["ModelArtifacts"]["S3ModelArtifacts"]}
    account.sagemaker.create_model(
        ModelName="boosted", ExecutionRoleArn=ROLE, PrimaryContainer=model
    )
    variant = {"VariantName": "AllTraffic", "ModelName": "boosted", "InitialInstanceCount": 1}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="boosted", ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    account.sagemaker.create_endpoint(EndpointName="boosted", EndpointConfigName="boosted")
    try:
        described = wait_until_settled(
            lambda: account.sagemaker.describe_endpoint(EndpointName="boosted"), "EndpointStatus"
        )
        assert described["EndpointStatus"] == "InService", described
        answer = account.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="boosted", ContentType="text/csv", Body=b"1,0.5"
        )
        expected = booster.predict(xgb.DMatrix(np.array([[1, 0.5]])))[0]
        assert np.float32(answer["Body"].read().decode()) == expected
        lines = account.lines("/aws/sagemaker/Endpoints/boosted", "AllTraffic/")
        assert lines[0].startswith(f"image tandem-xgboost stands in for {XGBOOST} (python 3.")
        assert lines[1] == warn("xgboost", "1.0")
        page = read_page(account, "endpoint", "boosted")
        assert lines[0] in page
        assert lines[1] in page
    finally:
        account.sagemaker.delete_endpoint(EndpointName="boosted")


def test_spark_is_refused_when_the_job_is_created(account: Account) -> None:
    with pytest.raises(ClientError) as raised:
        process(account, "sparked", SPARK)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert raised.value.response["Error"]["Message"] == (
        f"{SPARK}: Spark is not run here. "
        "Process the data with pandas or scikit-learn (ScriptProcessor, SKLearnProcessor) instead."
    )
    found = account.sagemaker.list_processing_jobs(NameContains="sparked")
    assert found["ProcessingJobSummaries"] == []
