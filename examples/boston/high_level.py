"""Boston's prices by version 2 of the SageMaker Python SDK: `low_level.py` in a third of the lines.

    high_level.py ROLE TAG FOLDER

ROLE is the ARN of an execution role, TAG that of the images `make push` brought to ECR (with the
local SageMaker any role, and a tag you built), FOLDER what `examples.boston.data` wrote.
"""

import json
import sys
import time
from pathlib import Path

from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.parameter import ContinuousParameter, IntegerParameter
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import HyperparameterTuner

role, tag, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"
name = f"boston-{int(time.time())}"
place = f"s3://{session.default_bucket()}/{name}"


def make_estimator(image: str, **more: object) -> Estimator:
    uri = f"{registry}/tandem-{image}:{tag}"
    return Estimator(uri, role, 1, kind, sagemaker_session=session, **more)


# 1. Data into S3.
for key in ("fit/train.csv", "fit/validation.csv", "ask/asked.csv"):
    source = folder / Path(key).name
    S3Uploader.upload(str(source), f"{place}/{Path(key).parent}", sagemaker_session=session)

# 2. Fit the transform.
chosen = {"target": "MEDV", "columns": '{"B": "drop"}'}
preprocessor = make_estimator("preprocessor", hyperparameters=chosen)
preprocessor.fit({"train": TrainingInput(f"{place}/fit/train.csv", content_type="text/csv")})

# 3. Features of both files, by batch transform: a whole file a request, label first.
features = preprocessor.transformer(1, kind, accept="text/csv", output_path=f"{place}/features")
features.transform(f"{place}/fit", content_type="text/csv")
channels = {
    part: TrainingInput(f"{place}/features/{part}.csv.out", content_type="text/csv")
    for part in ("train", "validation")
}

# 4. Tune the booster.
booster = make_estimator("xgboost", hyperparameters={"num_round": 300, "early_stopping_rounds": 30})
tuner = HyperparameterTuner(
    booster,
    "validation:rmse",
    {
        "max_depth": IntegerParameter(3, 6),
        "eta": ContinuousParameter(0.02, 0.1),
        "subsample": ContinuousParameter(0.5, 1),
    },
    [{"Name": "validation:rmse", "Regex": r".*\[[0-9]+\].*#011validation-rmse:(\S+)"}],
    strategy="Random",
    objective_type="Minimize",
    max_jobs=4,
    max_parallel_jobs=2,
    random_seed=1,
)
tuner.fit(channels, job_name=name)
found = tuner.analytics().dataframe().sort_values("FinalObjectiveValue")
columns = {key: key for key in ("max_depth", "eta", "subsample")}
columns |= {"FinalObjectiveValue": "validation:rmse"}
trials = found[[*columns]].astype(float).rename(columns=columns).to_dict("records")
print(f"best of {len(trials)}:", json.dumps(trials[0]))

# 5. Deploy both containers in a row, and ask.
model = PipelineModel(
    [preprocessor.create_model(), tuner.best_estimator().create_model()],
    role,
    predictor_cls=Predictor,
    sagemaker_session=session,
)
predictor = model.deploy(1, kind)
predictor.serializer = CSVSerializer()
header, first, *_ = (folder / "asked.csv").read_text().splitlines()
price = float(predictor.predict(f"{header}\n{first}\n"))
print(f"one district, by the endpoint: ${price * 1000:,.0f}")

# 6. All districts that were held out, by batch transform of the same model.
batch = model.transformer(1, kind, accept="text/csv", output_path=f"{place}/prices")
batch.transform(f"{place}/ask", content_type="text/csv")
written = S3Downloader.read_file(f"{place}/prices/asked.csv.out", sagemaker_session=session)
prices = [float(line) for line in written.split()]

# 7. Clean up: only an endpoint costs by the hour.
predictor.delete_endpoint()
features.delete_model()
model.delete_model()
told = {"trials": trials, "one": price, "prices": prices}
(folder / "high_level.json").write_text(json.dumps(told))
