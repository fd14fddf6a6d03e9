"""The console's pages of the model registry: versions, metrics, approval by a form."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.clients.account import REGION, Account
from tests.local_test.service.resources.model_packages.test_packages import (
    describe,
    register,
    specification,
)
from tests.local_test.service.test_console import text, token

REPORT = {"regression_metrics": {"mse": {"value": 4.9, "standard_deviation": 0.1}, "count": 7}}
GROUP = f"/console/model-package-group/{REGION}/con-prices"
VERSION = f"/console/model-package/{REGION}/con-prices.1"


@pytest.fixture(scope="module")
def shown(account: Account) -> Account:
    """The service, with a group of two versions; the first one has metrics."""
    account.bucket("standins", **{"report.json": json.dumps(REPORT), "bad.json": "{"})
    account.sagemaker.create_model_package_group(
        ModelPackageGroupName="con-Prices", ModelPackageGroupDescription="of <houses>"
    )
    sources = {
        part: {"ContentType": "application/json", "S3Uri": f"s3://standins/{name}.json"}
        for part, name in (("Statistics", "report"), ("Constraints", "bad"))
    }
    given = specification(account, "con-one")
    given["Containers"][0]["Environment"] = {"DB_PASSWORD": "hunter2", "DEPTH": "7"}
    register(
        account,
        "con-Prices",
        InferenceSpecification=given,
        ModelMetrics={"ModelQuality": sources},
        ModelPackageDescription="the first",
    )
    register(account, "con-Prices", ModelLifeCycle={"Stage": "Staging", "StageStatus": "Ready"})
    return account


def read(account: Account, path: str, form: dict[str, str] | None = None) -> str:
    """Return the text of a page, after a form was sent."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(account.url + path, data) as answer:
        return str(answer.read().decode())


def test_groups_are_listed_with_links_to_their_versions(shown: Account) -> None:
    page = read(shown, "/console/model-package-groups")
    assert f'href="{GROUP}"' in page
    assert "con-Prices Completed" in text(page)
    assert "Training jobs" not in text(page)
    assert f'href="{GROUP}"' in read(shown, "/console")
    versions = read(shown, GROUP)
    assert "of &lt;houses&gt;" in versions
    assert f'href="{VERSION}"' in versions
    second, first = text(versions).partition("description ")[2].split(" 1 ", 1)
    assert second.startswith("2 Completed PendingManualApproval Staging")
    assert first.endswith("the first")


def test_a_version_shows_its_metrics_and_masks_secrets(shown: Account) -> None:
    page = text(read(shown, VERSION))
    numbers = "regression_metrics.mse 4.9 regression_metrics.count 7"
    assert f"ModelQuality Statistics s3://standins/report.json {numbers}" in page
    assert "s3://standins/bad.json: no numbers" in page
    assert "s3://standins/con-one.tar.gz DB_PASSWORD=******** DEPTH=7" in page


def test_a_version_is_approved_and_rejected_by_a_form(shown: Account) -> None:
    arn = describe(shown, "con-prices/1")["ModelPackageArn"]
    for decision in ("Approved", "Rejected"):
        form = {"decision": decision, "description": f"as {decision}"}
        page = text(read(shown, VERSION, form | {"token": token(shown, VERSION)}))
        assert f"The version is {decision}." in page
        described = describe(shown, arn)
        assert described["ModelApprovalStatus"] == decision
        assert described["ApprovalDescription"] == f"as {decision}"
    page = text(read(shown, VERSION))
    newest, older = page.index("Rejected as Rejected"), page.index("Approved as Approved")
    assert newest < older < page.index("PendingManualApproval ")
    bad = {"decision": "Maybe", "token": token(shown, VERSION)}
    assert "Refused: " in text(read(shown, VERSION, bad))
    with pytest.raises(urllib.error.HTTPError) as stale:
        read(shown, VERSION, {"decision": "Approved", "token": "stale"})
    with stale.value as answer:
        assert answer.code == 403
    assert describe(shown, arn)["ModelApprovalStatus"] == "Rejected"
