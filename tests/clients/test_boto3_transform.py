"""boto3 transforms a file of raw records through both images, as one model."""

from __future__ import annotations

from local_test.endpoints import Endpoint
from tests.clients.account import ROLE, Account, name_image, wait_until_settled
from tests.conftest import Pipeline


def test_a_file_of_raw_records_becomes_a_file_of_prices(
    account: Account, pipeline: Pipeline, endpoint: Endpoint
) -> None:
    records = b"".join(pipeline.records(20))
    store = account.bucket("batch-prices")
    account.put(f"{store}/in/held-out.csv", records)
    containers = []
    for name, archive in (("preprocessor", pipeline.transform), ("xgboost", pipeline.booster)):
        uri = account.put(f"{store}/{name}/model.tar.gz", archive.read_bytes())
        containers.append({"Image": name_image(name), "ModelDataUrl": uri})
    account.sagemaker.create_model(
        ModelName="batch-prices", ExecutionRoleArn=ROLE, Containers=containers
    )
    account.sagemaker.create_transform_job(
        TransformJobName="batch-prices",
        ModelName="batch-prices",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{store}/in"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"{store}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    told = wait_until_settled(
        lambda: account.sagemaker.describe_transform_job(TransformJobName="batch-prices"),
        "TransformJobStatus",
    )
    assert told["TransformJobStatus"] == "Completed", told
    expected = endpoint.invoke(records, "text/csv", "text/csv").body
    assert account.get(f"{store}/out/held-out.csv.out") == expected
