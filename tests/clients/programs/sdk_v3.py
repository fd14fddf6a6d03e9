"""The same in version 3 of the SageMaker Python SDK: train, build, deploy, ask, clean up.

    sdk_v3.py ROLE TAG FILE

ROLE is one that IAM knows and SageMaker may assume: this version looks. FILE gets what came of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Endpoint, EndpointConfig, ModelPackage, ModelPackageGroup
from sagemaker.core.s3 import S3Uploader
from sagemaker.core.shapes import MetricDefinition
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer

ERROR = r".*\[[0-9]+\].*#011train-rmse:(\S+)"
role, tag, file = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
image = f"{registry}/tandem-xgboost:{tag}"
place = f"s3://{session.default_bucket()}/sdk-v3"
S3Uploader.upload_string_as_file_body(
    "".join(f"{3 * (row % 7)},{row % 7},{row}\n" for row in range(210)),
    f"{place}/train/all.csv",
    sagemaker_session=session,
)
trainer = ModelTrainer(
    training_image=image,
    role=role,
    base_job_name="v3-numbers",
    sagemaker_session=session,
    compute=Compute(instance_type=kind, instance_count=2, volume_size_in_gb=5),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    output_data_config=OutputDataConfig(s3_output_path=f"{place}/models"),
    # One round and no penalty: a tree of depth 3 tells seven labels apart, exactly.
    hyperparameters={"num_round": 1, "eta": 1, "lambda": 0, "max_depth": 3},
)
trainer.with_metric_definitions([MetricDefinition(name="train:rmse", regex=ERROR)])
trainer.train(
    [InputData(channel_name="train", data_source=f"{place}/train", content_type="text/csv")]
)
job = trainer._latest_training_job
builder = ModelBuilder(
    model=trainer, image_uri=image, role_arn=role, instance_type=kind, sagemaker_session=session
)
model = builder.build(model_name="v3-numbers")
ModelPackageGroup.create(model_package_group_name="v3-numbers").wait_for_status("Completed")
package = ModelPackage.get(
    builder.register(
        model_package_group_name="v3-numbers",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=[kind],
        transform_instances=[kind],
    )
)
package.update(model_approval_status="Approved", approval_description="exact")
package.update(customer_metadata_properties={"owner": "a"})
package.refresh()
endpoint = builder.deploy(endpoint_name="v3-numbers", initial_instance_count=1)
answer = endpoint.invoke(body="4,9\n6,9\n", content_type="text/csv", accept="text/csv")
told = {
    "status": job.training_job_status,
    "metrics": {item.metric_name: item.value for item in job.final_metric_data_list},
    "model": job.model_artifacts.s3_model_artifacts,
    "deployed": model.primary_container.model_data_url,
    "package": [package.model_package_arn, package.model_approval_status],
    "metadata": package.customer_metadata_properties,
    "found": [item.endpoint_name for item in Endpoint.get_all(name_contains="v3-")],
    "answer": answer.body.read().decode(),
    "variant": answer.invoked_production_variant,
}
endpoint.delete()
EndpointConfig.get("v3-numbers").delete()
model.delete()
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
