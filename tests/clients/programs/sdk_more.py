"""More stories with version 2 of the SageMaker Python SDK: processing, and other ways to host.

    sdk_more.py ROLE PREPROCESSOR BOOSTER MODEL BUCKET SCRIPT FILE

Each function is a story and gives what came of it; FILE gets them all as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagemaker import Session
from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig
from sagemaker.deserializers import CSVDeserializer
from sagemaker.exceptions import AsyncInferenceModelError
from sagemaker.model import Model
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.s3 import S3Downloader
from sagemaker.serializers import CSVSerializer

role, preprocessor, booster, archive, bucket, script, file = sys.argv[1:]
session, kind = Session(), "ml.m5.large"


def model() -> Model:
    return Model(booster, archive, role, predictor_cls=predictor, sagemaker_session=session)


def predictor(name: str, sagemaker_session: Session) -> Predictor:
    return Predictor(name, sagemaker_session, CSVSerializer(), CSVDeserializer())


def processing() -> dict[str, Any]:
    """A plain script with pandas splits a table."""
    processor = ScriptProcessor(
        role=role,
        image_uri=preprocessor,
        command=["python3"],
        instance_count=1,
        instance_type=kind,
        base_job_name="split",
        max_runtime_in_seconds=600,
        sagemaker_session=session,
    )
    processor.run(
        code=script,
        inputs=[
            ProcessingInput(source=f"{bucket}/raw", destination="/opt/ml/processing/input/data")
        ],
        outputs=[
            ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}")
            for name in ("train", "test")
        ],
        arguments=["--test-share", "0.25"],
    )
    told = processor.latest_job.describe()
    places = {output.output_name: output.destination for output in processor.latest_job.outputs}
    return {"message": json.loads(told["ExitMessage"]), "places": places}


def waiting() -> dict[str, Any]:
    """An endpoint answers in S3, and says there what it cannot answer."""
    config = AsyncInferenceConfig(output_path=f"{bucket}/out", failure_path=f"{bucket}/failed")
    deployed = model()
    endpoint = deployed.deploy(1, kind, async_inference_config=config)
    patience = WaiterConfig(max_attempts=60, delay=1)
    answer = endpoint.predict_async([[2, 7]]).get_result(patience)
    failure = ""
    try:
        endpoint.predict_async([["two", 7]]).get_result(patience)
    except AsyncInferenceModelError as error:
        failure = str(error)
    endpoint.delete_endpoint()
    deployed.delete_model()
    return {"answer": answer, "failure": failure}


def many() -> dict[str, Any]:
    """One container serves the models of a prefix; another one may come later."""
    shelf = MultiDataModel("more-many", f"{bucket}/many/", model=model(), sagemaker_session=session)
    endpoint = shelf.deploy(1, kind)
    shelf.add_model(archive, "first.tar.gz")
    shelf.add_model(archive, "deep/second.tar.gz")
    answers = [
        endpoint.predict([[2, 7]], target_model=name)
        for name in ("first.tar.gz", "deep/second.tar.gz")
    ]
    endpoint.delete_endpoint()
    shelf.delete_model()
    return {"names": sorted(shelf.list_models()), "answers": answers}


def captured() -> dict[str, Any]:
    """What goes through an endpoint is captured, until that is turned off."""
    config = DataCaptureConfig(True, 100, f"{bucket}/captured", sagemaker_session=session)
    deployed = model()
    endpoint = deployed.deploy(1, kind, data_capture_config=config)
    endpoint.predict([[2, 7]])
    deadline = time.monotonic() + 60
    while not (files := S3Downloader.list(f"{bucket}/captured", sagemaker_session=session)):
        if time.monotonic() > deadline:
            raise TimeoutError("nothing was captured")
        time.sleep(0.5)
    lines = S3Downloader.read_file(files[0], sagemaker_session=session).splitlines()
    endpoint.disable_data_capture()
    told = session.sagemaker_client.describe_endpoint(EndpointName=endpoint.endpoint_name)
    endpoint.delete_endpoint()
    deployed.delete_model()
    after = told["DataCaptureConfig"]["CaptureStatus"]
    return {"lines": [json.loads(line) for line in lines], "after": after}


def searching() -> dict[str, Any]:
    """The training job is found by what it was started with, and by what came of it."""
    filters = [
        {"Name": "HyperParameters.max_depth", "Operator": "LessThan", "Value": "5"},
        {"Name": "ModelArtifacts.S3ModelArtifacts", "Operator": "Equals", "Value": archive},
    ]
    found = session.search("TrainingJob", {"Filters": filters}, "CreationTime", "Ascending")
    jobs = [result["TrainingJob"] for result in found["Results"]]
    return {"found": [(job["TrainingJobName"], job["TrainingJobStatus"]) for job in jobs]}


STORIES: tuple[Callable[[], dict[str, Any]], ...] = (
    *(processing, waiting, many, captured),
    searching,
)
told = {story.__name__: story() for story in STORIES}
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
