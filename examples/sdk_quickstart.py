"""Train both images, chain them, deploy, ask, transform a file, clean up: the SageMaker SDK's way.

    sdk_quickstart.py ROLE TAG

It needs version 2 of the SDK (`sagemaker<3`). On AWS, ROLE is the ARN of an execution role and TAG
that of images `make push` brought there; with `local-sagemaker up`, any role and a tag you built.
"""

import sys

from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer

FLATS = "rooms,area,zone,price\n" + "".join(
    f"{1 + n % 5},{30 + 7 * n % 90},{'ABC'[n % 3]},{90 + 20 * (n % 5) + 7 * n % 90}\n"
    for n in range(200)
)
role, tag = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
place = f"s3://{session.default_bucket()}/flats"
train = S3Uploader.upload_string_as_file_body(
    FLATS, f"{place}/train.csv", sagemaker_session=session
)


def make_estimator(name: str, **hyperparameters: object) -> Estimator:
    image = f"{registry}/tandem-{name}:{tag}"
    return Estimator(
        image, role, 1, kind, hyperparameters=hyperparameters, sagemaker_session=session
    )


preprocessor = make_estimator("preprocessor", target="price")
preprocessor.fit({"train": TrainingInput(train, content_type="text/csv")})
features = preprocessor.transformer(1, kind, accept="text/csv", output_path=f"{place}/features")
features.transform(train, content_type="text/csv")
booster = make_estimator("xgboost", num_round=100, max_depth=3)
booster.fit({"train": TrainingInput(features.output_path, content_type="text/csv")})
flats = PipelineModel(
    [preprocessor.create_model(), booster.create_model()],
    role,
    predictor_cls=Predictor,
    sagemaker_session=session,
)
predictor = flats.deploy(1, kind)
predictor.serializer = CSVSerializer()
print("price of one flat:", predictor.predict("3,65,B").decode().strip())
prices = flats.transformer(
    1, kind, accept="text/csv", assemble_with="Line", output_path=f"{place}/prices"
)
asked = S3Uploader.upload_string_as_file_body(
    "1,40,A\n5,100,C\n", f"{place}/ask/ask.csv", sagemaker_session=session
)
prices.transform(asked, content_type="text/csv", split_type="Line")
answers = S3Downloader.read_file(f"{place}/prices/ask.csv.out", sagemaker_session=session)
print("prices of a file of flats:", *answers.split())
predictor.delete_endpoint()
features.delete_model()
flats.delete_model()
