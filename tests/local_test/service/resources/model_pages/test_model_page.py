"""A model's page: which reports it finds, and what they say of the raw columns."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from local_test.service.api.resource_type import ResourceType, start_record
from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.model_pages.page import MODEL_PAGE
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import URL, open_service

STORE = "model-pages"
RECIPE = {
    "layout": ["price", "city", "id", "area"],
    "columns": [
        {"name": "area", "type": "number", "treatments": [{}], "seen": [20.0, 90.5]},
        {"name": "city", "type": "category", "treatments": [{}], "seen": ["Bonn", "Oslo"]},
        {"name": "id", "type": "identifier", "treatments": [], "seen": None},
    ],
    "features": ["area", "city=Bonn", "area x city"],
    "sources": [["area"], ["city"], ["area", "city"]],
}
SKETCH = {"data": [[30.0, 70.0, 90.0], [40.0]]}  # 40 counts twice
STATISTICS = {
    "features": [
        {"name": "area", "numerical_statistics": {"distribution": {"kll": {"sketch": SKETCH}}}},
        {
            "name": "city",
            "string_statistics": {
                "distribution": {
                    "categorical": {
                        "buckets": [{"value": "Bonn", "count": 1}, {"value": "Oslo", "count": 4}]
                    }
                }
            },
        },
    ]
}


def pack(**files: Any) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        for name, content in files.items():
            body = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"{name}.json")
            entry.size = len(body)
            packed.addfile(entry, io.BytesIO(body))
    return archive.getvalue()


class Pages:
    """A service in process whose records and objects are put there."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def put(self, key: str, content: bytes) -> str:
        self.backend.aws.client("s3", REGION).put_object(Bucket=STORE, Key=key, Body=content)
        return f"s3://{STORE}/{key}"

    def add(self, resource: ResourceType, name: str, time: float, **fields: Any) -> None:
        record = start_record(resource, REGION, {resource.name_field: name} | fields, time)
        self.backend.records.add(resource, REGION, name, record)

    def analyze(self, name: str, time: float, config: Any, analysis: Any, **more: Any) -> None:
        """Add a Clarify job that has completed."""
        given = self.put(f"{name}/analysis_config.json", json.dumps(config).encode())
        self.put(f"{name}/out/analysis.json", json.dumps(analysis).encode())
        output = {
            "OutputName": "analysis_result",
            "S3Output": {"S3Uri": f"s3://{STORE}/{name}/out"},
        }
        self.add(
            PROCESSING_JOB,
            name,
            time,
            ProcessingJobStatus="Completed",
            ProcessingInputs=[{"InputName": "analysis_config", "S3Input": {"S3Uri": given}}],
            ProcessingOutputConfig={"Outputs": [output]},
            **more,
        )

    def fill(self, model: str) -> Any:
        record = self.backend.records.get(MODEL, REGION, model)
        return MODEL_PAGE.fill(self.backend, REGION, record)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with open_service(tmp_path_factory.mktemp("models")) as (backend, _):
        backend.aws.close()
        backend.aws = AwsClients(URL, {}, WsgiClient(App(backend)))
        place = {"LocationConstraint": REGION}
        s3 = backend.aws.client("s3", REGION)
        s3.create_bucket(Bucket=STORE, CreateBucketConfiguration=place)
        yield Pages(backend)
        backend.aws.close()


def shap(**values: float) -> dict[str, Any]:
    return {"explanations": {"kernel_shap": {"label0": {"global_shap_values": values}}}}


def bias(value: float | None, stage: str = "pre", **more: str) -> dict[str, Any]:
    metric = {"name": "CI", "description": "Class Imbalance (CI)", "value": value, **more}
    facets = {"city": [{"value_or_threshold": "Oslo", "metrics": [metric]}]}
    section = {"label": "sold", "label_value_or_threshold": "1", "facets": facets}
    return {f"{stage}_training_bias_metrics": section}


def read_bars(importance: Any) -> dict[str, str]:
    return {bar.name: bar.number for bar in importance.bars}


@pytest.mark.parametrize("names", [("area", "city=Bonn", "area x city"), ("f0", "f1", "f2")])
def test_gain_is_summed_by_raw_column(pages: Pages, names: tuple[str, ...]) -> None:
    name = f"gain-{names[1][:2]}"
    booster = f"{name}/booster/output/model.tar.gz"
    pages.put(booster, pack())
    gains = dict(zip(names, (0.5, 0.2, 0.3), strict=True))
    pages.put(f"{name}/booster/output/output.tar.gz", pack(metrics={"importance": gains}))
    address = pages.put(f"{name}/transform/output/model.tar.gz", pack(recipe=RECIPE))
    data = [address, f"s3://{STORE}/{booster}"]
    pages.add(MODEL, name, 1.0, Containers=[{"Image": "i", "ModelDataUrl": one} for one in data])
    artifacts = {"S3ModelArtifacts": data[1]}
    pages.add(TRAINING_JOB, f"{name}-job", 1.0, ModelArtifacts=artifacts)
    [found] = pages.fill(name)["importances"]
    assert read_bars(found) == {"area": "65.0%", "city": "35.0%"}
    assert (found.title, found.source) == (
        "Gain of the booster, by raw column",
        f"training job {name}-job",
    )
    assert found.address.endswith("booster/output/output.tar.gz: metrics.json")


def test_the_form_has_the_raw_columns_in_order_with_a_typical_row(pages: Pages) -> None:
    address = pages.put("form/output/model.tar.gz", pack(recipe=RECIPE))
    pages.put("form/output/output.tar.gz", pack(statistics=STATISTICS))
    pages.add(MODEL, "form", 1.0, PrimaryContainer={"Image": "i", "ModelDataUrl": address})
    columns = pages.fill("form")["columns"]
    assert [(one.name, one.is_used, one.example) for one in columns] == [
        ("city", True, "Oslo"),
        ("id", False, ""),
        ("area", True, "40"),
    ]
    assert columns[0].options == ["Bonn", "Oslo"]
    assert columns[2].hint == "20 to 90.5"


def test_the_newest_reports_of_this_model_are_shown_with_their_sources(pages: Pages) -> None:
    pages.add(MODEL, "judged", 1.0, PrimaryContainer={"Image": "i"})
    pages.add(MODEL, "other", 1.0, PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "judged"}
    pages.add(ENDPOINT_CONFIG, "judging", 1.0, ProductionVariants=[variant])
    serves = {"EndpointConfigName": "judging", "EndpointStatus": "InService"}
    pages.add(ENDPOINT, "judge", 1.0, **serves)
    own = {"predictor": {"model_name": "judged"}}
    pages.analyze("first", 1.0, own, shap(area=0.1, city=0.9) | bias(0.25, "post"))
    pages.analyze("second", 2.0, own, shap(area=0.4, city=-0.3))
    watched = {"sagemaker_endpoint_name": "judge", "sagemaker_monitoring_schedule_name": "nightly"}
    pages.analyze("third", 3.0, {}, bias(None, error="CI: one group"), Environment=watched)
    pages.analyze("alien", 4.0, {"predictor": {"model_name": "other"}}, shap(area=7.0) | bias(0.5))
    values = pages.fill("judged")
    [newest] = values["importances"]
    assert read_bars(newest) == {"area": "0.4", "city": "-0.3"}
    assert (newest.source, newest.link) == ("job second", f"processing-job/{REGION}/second")
    pre, post = values["biases"]
    assert pre.analysis.source == "monitor nightly, job third"
    assert [(row.stage, row.value, row.note) for row in pre.rows] == [
        ("of the labels", "", "one group")
    ]
    assert post.analysis.source == "job first"
    assert [(row.facet, row.group, row.description, row.value) for row in post.rows] == [
        ("city", "Oslo", "Class Imbalance", "0.25")
    ]
    assert read_bars(pages.fill("other")["importances"][0]) == {"area": "7"}


def test_a_model_without_reports_has_none_and_damaged_archives_do_no_harm(pages: Pages) -> None:
    address = pages.put("bad/output/model.tar.gz", pack(recipe=RECIPE)[:40])
    pages.put("bad/output/output.tar.gz", b"no archive")
    container = {"Image": "i", "ModelDataUrl": address, "Environment": {"DB_PASSWORD": "x"}}
    pages.add(MODEL, "bad", 1.0, PrimaryContainer=container)
    values = pages.fill("bad")
    assert (values["importances"], values["biases"], values["columns"]) == ([], [], [])
    assert values["containers"][0]["environment"] == {"DB_PASSWORD": "********"}
    assert values["serving"] == []
    assert MODEL_PAGE.form is not None
    ok, sentence = MODEL_PAGE.form.send(pages.backend, REGION, "bad", MODEL_PAGE.form.fields)
    assert not ok
    assert "CreateEndpoint" in sentence
