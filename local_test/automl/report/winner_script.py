"""A Python program that trains, scores and serves the winner by the SageMaker SDK."""

import json
import shutil
from pathlib import Path

from local_test.automl.data import scores
from local_test.automl.data.problem import choose_watched
from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchPlan
from local_test.automl.refit import list_refit_settings
from local_test.automl.trial_jobs import FOLDS

_LABELS = "held-out-labels.csv"

_PROGRAM = '''"""Train the best candidate of a search, score it, deploy it, and get predictions.

    winner.py ROLE TAG

It needs version 2 of the SDK (`sagemaker<3`), and the folder `data` and `scores.py` beside it. On
AWS, ROLE is the ARN of an execution role and TAG that of the images pushed there; with
`local-sagemaker run -- python winner.py ROLE latest`, any role and a tag you built.
"""

import sys
from pathlib import Path

import numpy as np
from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from scores import Answers, {function}

DATA = Path(__file__).parent / "data"
PARTS = {parts!r}
CONTENT_TYPE, SUFFIX = {content_type!r}, {suffix!r}
RECIPE = {recipe}
HYPERPARAMETERS = {hyperparameters}
HAS_CLASSES = {has_classes!r}
SEARCHED = {searched!r}  # the score of the search's winner{members}

role, tag = sys.argv[1:]
session, kind = Session(), "ml.m5.large"
account = session.boto_session.client("sts").get_caller_identity()["Account"]
registry = f"{{account}}.dkr.ecr.{{session.boto_region_name}}.amazonaws.com"
place = f"s3://{{session.default_bucket()}}/automl-winner"


def upload(part: str) -> str:
    path = DATA / part / f"{{part}}{{SUFFIX}}"
    return S3Uploader.upload(str(path), f"{{place}}/{{part}}", sagemaker_session=session)


def make_estimator(name: str, hyperparameters: dict) -> Estimator:
    image = f"{{registry}}/tandem-{{name}}:{{tag}}"
    return Estimator(
        image, role, 1, kind, hyperparameters=hyperparameters, sagemaker_session=session
    )


# The recipe, and the features of the rows
rows = {{part: upload(part) for part in PARTS}}
preprocessor = make_estimator("preprocessor", RECIPE)
preprocessor.fit({{"train": TrainingInput(rows["train"], content_type=CONTENT_TYPE)}})
channels = {{}}
for part in PARTS:
    features = preprocessor.transformer(
        1, kind, accept="application/x-parquet", output_path=f"{{place}}/features/{{part}}",
        max_payload=0,
    )
    features.transform(rows[part], content_type=CONTENT_TYPE)
    features.delete_model()
    channels[part] = TrainingInput(features.output_path, content_type="application/x-parquet")
if "validation" in channels:  # the rounds are known: the model is trained on all rows
    channels = {{
        "train": TrainingInput(f"{{place}}/features/", content_type="application/x-parquet")
    }}

# The model
booster = make_estimator("xgboost", HYPERPARAMETERS)
booster.fit(channels)
models = [preprocessor.create_model(env={{"TANDEM_LABEL": "drop"}}), booster.create_model()]
inverse = preprocessor.create_model(env={{"TANDEM_STAGE": "inverse"}})

# Its score on the held-out rows: classes as probabilities, numbers in the target's units
scored = PipelineModel(
    models if HAS_CLASSES else [*models, inverse], role, sagemaker_session=session
)
transformer = scored.transformer(
    1, kind, accept="text/csv", output_path=f"{{place}}/predictions", max_payload=0
)
transformer.transform(upload("held-out"), content_type=CONTENT_TYPE)
text = S3Downloader.read_file(
    f"{{place}}/predictions/held-out{{SUFFIX}}.out", sagemaker_session=session
)
outputs = np.array([line.split(",") for line in text.split()], dtype=float)
answers = Answers(np.loadtxt(DATA / {labels!r}, ndmin=1), outputs)
print(f"{metric} of held-out rows: {{{function}(answers)!r}}; in the search: {{SEARCHED!r}}")
transformer.delete_model()

# An endpoint, which answers names of classes
winner = PipelineModel([*models, inverse], role, predictor_cls=Predictor, sagemaker_session=session)
predictor = winner.deploy(1, kind)
with open(DATA / "held-out" / f"held-out{{SUFFIX}}", "rb") as file:
    some = file.read() if CONTENT_TYPE != "text/csv" else b"".join(file.readlines()[:4])
answer = predictor.predict(some, initial_args={{"ContentType": CONTENT_TYPE}})
print("predictions of the first rows:", *answer.decode().split()[:3])
predictor.delete_endpoint()
winner.delete_model()
'''


def write_script(plan: SearchPlan, winner: Winner, folder: Path) -> Path:
    """Write `winner.py` to the folder of the search, with what it needs beside it; return its path.

    It trains the best candidate as the search did, on the same rows. A mean of several candidates
    is not trained: the program's score is then that of the best one.
    """
    candidate = winner.candidate
    crossed = plan.data.cross_validated
    hyperparameters = list_refit_settings(candidate)
    if crossed:
        hyperparameters = dict(candidate.hyperparameters)
        hyperparameters |= choose_watched(plan.problem, plan.objective)
        hyperparameters["_kfold"] = str(FOLDS)
    hyperparameters.pop("nthread", None)  # the instance decides
    lines = [repr(float(label)) for label in winner.answers.labels]
    (plan.data.folder / _LABELS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copy(Path(scores.__file__), folder / "scores.py")
    count = len(winner.members)
    text = _PROGRAM.format(
        parts=("train",) if crossed else ("train", "validation"),
        content_type=plan.data.content_type,
        suffix=plan.data.suffix,
        recipe=_format(plan.find_recipe(candidate.recipe).settings),
        hyperparameters=_format(hyperparameters),
        has_classes=plan.problem.has_classes,
        searched=winner.held_out,
        members=f", a mean of {count} candidates" if winner.is_ensemble else "",
        labels=_LABELS,
        metric=plan.objective.name,
        function=plan.objective.score.__name__,
    )
    path = folder / "winner.py"
    path.write_text(text, encoding="utf-8")
    return path


def _format(values: object) -> str:
    return json.dumps(dict(values), indent=4) if isinstance(values, dict) else repr(values)
