"""Exports of model cards: a PDF and an HTML page in S3, and the card in the console."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.model_cards.card_export import make_document, render_pdf
from tests.clients.account import REGION, Account
from tests.local_test.service.resources.model_cards.test_model_cards import CONTENT
from tests.local_test.service.test_console import text


@pytest.fixture(scope="module")
def exported(account: Account) -> Account:
    """The service, with a card."""
    account.bucket("card-exports")
    account.sagemaker.create_model_card(
        ModelCardName="houses", Content=json.dumps(CONTENT), ModelCardStatus="Draft"
    )
    return account


def export(account: Account, name: str, path: str) -> dict[str, Any]:
    """The description of an export job that has ended."""
    arn = account.sagemaker.create_model_card_export_job(
        ModelCardName="houses",
        ModelCardExportJobName=name,
        OutputConfig={"S3OutputPath": path},
    )["ModelCardExportJobArn"]
    while True:
        job = account.sagemaker.describe_model_card_export_job(ModelCardExportJobArn=arn)
        if job["Status"] != "InProgress":
            return dict(job)


def test_a_card_is_exported_as_pdf_and_html(exported: Account) -> None:
    job = export(exported, "first", "s3://card-exports/out/")
    assert (job["Status"], job["ModelCardVersion"]) == ("Completed", 1)
    address = job["ExportArtifacts"]["S3ExportArtifacts"]
    assert address == "s3://card-exports/out/houses-1-first.pdf"
    s3 = exported.client("s3")
    pdf = s3.get_object(Bucket="card-exports", Key="out/houses-1-first.pdf")
    assert pdf["ContentType"] == "application/pdf"
    assert pdf["Body"].read().startswith(b"%PDF-")
    page = s3.get_object(Bucket="card-exports", Key="out/houses-1-first.html")
    shown = page["Body"].read().decode()
    for part in (
        "houses",
        "Version 1, Draft",
        "価格",
        "risk rating",
        "Low",
        "0.125",
        "[[1, 2], [3",
    ):
        assert part in shown
    with pytest.raises(ClientError, match="already exists"):
        export(exported, "first", "s3://card-exports/out/")


def test_an_export_without_a_bucket_fails_with_a_reason(exported: Account) -> None:
    job = export(exported, "lost", "s3://no-such-bucket-for-cards/out")
    assert job["Status"] == "Failed"
    assert "no-such-bucket-for-cards" in job["FailureReason"]
    found = exported.sagemaker.list_model_card_export_jobs(
        ModelCardName="houses", StatusEquals="Failed"
    )["ModelCardExportJobSummaries"]
    assert [one["ModelCardExportJobName"] for one in found] == ["lost"]


def test_the_console_shows_a_card(exported: Account) -> None:
    address = f"{exported.url}/console/model-card/{REGION}/houses"
    with urllib.request.urlopen(address) as answer:
        page = text(answer.read().decode())
    for part in ("houses Draft", "Prices of houses", "hold-out", "Versions", "Estimates"):
        assert part in page


def test_a_long_word_and_many_rows_fit_on_pages() -> None:
    content = {
        "additional_information": {
            "custom_details": {f"row {number}": "x" * 1024 for number in range(40)}
        }
    }
    version = {
        "ModelCardVersion": 1,
        "ModelCardStatus": "Draft",
        "CreationTime": 0.0,
        "Content": json.dumps(content),
    }
    pdf = render_pdf(make_document("long", version))
    assert pdf.count(b"/Type /Page\n") > 1
