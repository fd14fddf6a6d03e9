"""The picture of a lineage, on the pages of a model package and of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local_test.service.backend import Backend
from local_test.service.console.pages import answer_request
from local_test.service.http.app import App
from local_test.service.resources.lineage.drawing import draw_lineage
from local_test.service.resources.lineage.resource import CONTEXT, make_source_arn
from local_test.service.resources.lineage_tracking.tracker import start_tracking
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import URL, open_service
from tests.local_test.service.resources.lineage.test_tracking import PACKAGE, run_workflow


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("drawn")) as (backend, client):
        backend.aws.close()
        backend.aws = AwsClients(URL, {}, WsgiClient(App(backend)))  # an endpoint's page reads logs
        start_tracking(backend)
        run_workflow(backend)
        backend.records.close()
        yield backend, client
        backend.aws.close()


@pytest.mark.parametrize(
    "arn", [make_source_arn(REGION, PACKAGE), CONTEXT.make_arn(REGION, "Live-aws-endpoint")]
)
def test_boxes_stand_apart_and_lines_lead_to_the_right(
    drawn: tuple[Backend, Any], arn: str
) -> None:
    picture = draw_lineage(drawn[0], REGION, arn)
    assert picture is not None
    labels = [box.label for box in picture.boxes]
    assert {"raw", "train", "model.tar.gz", "houses/1", "Live-aws-endpoint"} <= set(labels)
    assert [box.is_start for box in picture.boxes].count(True) == 1
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.x - other.x) >= 186 or abs(one.y - other.y) >= 46
    assert max(box.x + 186 for box in picture.boxes) < picture.width
    assert max(box.y + 46 for box in picture.boxes) < picture.height
    columns = {box.label: box.x for box in picture.boxes}
    order = ["raw", "train", "model.tar.gz", "houses/1", "Live-aws-endpoint"]
    assert sorted(order, key=columns.__getitem__) == order


@pytest.mark.parametrize("path", ["model-package/{}/houses.1", "endpoint/{}/Live"])
def test_pages_show_the_lineage(drawn: tuple[Backend, Any], path: str) -> None:
    backend, _ = drawn
    request = Request(EnvironBuilder(path=f"/console/{path.format(REGION)}").get_environ())
    page = answer_request(backend, request).get_data(as_text=True)
    assert "<h2>Lineage</h2>" in page
    assert "DataSet: s3://b/raw" in page
    assert "<title>ContributedTo</title>" in page


def test_a_circle_is_drawn(drawn: tuple[Backend, Any]) -> None:
    backend, client = drawn
    arns = [
        client.create_artifact(Source={"SourceUri": f"circle:{part}"}, ArtifactType="Model")[
            "ArtifactArn"
        ]
        for part in range(3)
    ]
    assert draw_lineage(backend, REGION, arns[0]) is None
    for source, destination in ((0, 1), (1, 2), (2, 0)):
        client.add_association(SourceArn=arns[source], DestinationArn=arns[destination])
    picture = draw_lineage(backend, REGION, arns[0])
    assert picture is not None
    assert (len(picture.boxes), len(picture.lines)) == (3, 3)
