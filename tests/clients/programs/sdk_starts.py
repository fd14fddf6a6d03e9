"""Every way in which version 2 of the SageMaker Python SDK starts a container with a user's code.

    sdk_starts.py ROLE IMAGE FOLDER BUCKET FILE

FOLDER has `code` (with `train.py`, `process.py`, `inference.py`), `extra` and a
git repository of `code`, which git finds as https://git.example.org/code.git. FILE gets the result
of each function as one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sagemaker
from sagemaker import Session
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput
from sagemaker.remote_function import remote
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer
from sagemaker.sklearn import SKLearn, SKLearnModel

role, image, folder, bucket, file = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
machine: dict[str, Any] = {
    "image_uri": image,
    "role": role,
    "instance_count": 1,
    "instance_type": kind,
    "sagemaker_session": session,
}


def train(estimator: Estimator | SKLearn) -> dict[str, Any]:
    """Train, and return what the script left in its model."""
    estimator.fit({"train": f"{bucket}/in"}, logs=False)
    archive = S3Downloader.read_bytes(estimator.model_data, sagemaker_session=session)
    place = Path(folder) / f"{estimator.latest_training_job.name}.tar.gz"
    place.write_bytes(archive)
    submitted = estimator.hyperparameters()["sagemaker_submit_directory"]
    return {"archive": str(place), "submitted": json.loads(submitted)}


def estimators() -> list[dict[str, Any]]:
    """Code of a folder with dependencies, the same code from S3, and from a git repository."""
    first = train(
        SKLearn(
            entry_point="train.py",
            source_dir=f"{folder}/code",
            dependencies=[f"{folder}/extra"],
            hyperparameters={"depth": 3, "name": "from a folder"},
            environment={"COLOUR": "red"},
            code_location=f"{bucket}/kept",
            framework_version="1.2-1",
            **machine,
        )
    )
    second = train(
        Estimator(
            entry_point="train.py",
            source_dir=first["submitted"],
            hyperparameters={"depth": 4, "name": "from S3"},
            **machine,
        )
    )
    git = {"repo": "https://git.example.org/code.git", "branch": "main"}
    third = train(
        SKLearn(
            entry_point="train.py",
            source_dir=".",
            git_config=git,
            hyperparameters={"depth": 5, "name": "from git"},
            framework_version="1.2-1",
            **machine,
        )
    )
    return [first, second, third]


def served() -> list[list[str]]:
    """A model whose code the SDK packs or uploads answers by that code."""
    archive = S3Uploader.upload(f"{folder}/model.tar.gz", f"{bucket}/model", None, session)
    model = SKLearnModel(
        archive,
        role,
        entry_point="inference.py",
        source_dir=f"{folder}/code",
        framework_version="1.2-1",
        image_uri=image,
        sagemaker_session=session,
    )
    predictor = model.deploy(1, kind, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    answer = predictor.predict([[2, 3]])
    predictor.delete_endpoint()
    model.delete_model()
    return list(answer)


def processor() -> list[Any]:
    """The SDK's runproc.sh unpacks the archive of a folder and runs a script of it."""
    framework = FrameworkProcessor(
        SKLearn, framework_version="1.2-1", command=["python3"], **machine
    )
    output = ProcessingOutput(
        source="/opt/ml/processing/output", destination=f"{bucket}/out", output_name="output"
    )
    framework.run(
        code="process.py",
        source_dir=f"{folder}/code",
        inputs=[
            ProcessingInput(source=f"{bucket}/in", destination="/opt/ml/processing/input/data")
        ],
        outputs=[output],
        arguments=["--share", "0.25"],
        logs=False,
    )
    written = S3Downloader.read_file(f"{bucket}/out/seen.json", sagemaker_session=session)
    return list(json.loads(written))


def remote_function() -> dict[str, Any]:
    """A function runs as a job and writes its model; its result comes back."""
    packages = str(Path(sagemaker.__file__).parents[1])

    @remote(  # type: ignore[untyped-decorator]
        image_uri=image,
        role=role,
        instance_type=kind,
        environment_variables={"PYTHONPATH": packages},
        s3_root_uri=f"{bucket}/remote",
        sagemaker_session=session,
    )
    def divide(numerator: float, denominator: float) -> tuple[float, int]:
        model = Path("/", "opt", "ml", "model", "quotient")
        model.write_text(str(numerator / denominator))
        return numerator / denominator, os.getpid()

    quotient, process = divide(1, 4)
    return {"quotient": quotient, "elsewhere": process != os.getpid()}


STORIES: tuple[Callable[[], Any], ...] = (estimators, served, processor, remote_function)
results = {story.__name__: story() for story in STORIES}
Path(file).write_text(json.dumps(results, indent=1), encoding="utf-8")
