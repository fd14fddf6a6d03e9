"""The pipeline: split, fit, train, predict, evaluate; register what is good enough.

    split → fit preprocessor → features → train booster → predict test rows → evaluate
                                                     mse <= MostMse → register both containers
                                                     else           → fail and say why

What is evaluated is what will be deployed: raw records go through both containers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.pipeline import PipelineModel
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionLessThanOrEqualTo,
    ConditionNot,
)
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep

FOLDER = Path(__file__).parent
DEPLOYMENT = FOLDER.parents[1] / "deployment"
WORK = "/opt/ml/processing"
TARGET = "rings"
PREPROCESSOR = {"target": TARGET, "impute": "median", "scale": "standard"}
BOOSTER = {"max_depth": 5, "eta": 0.2, "gamma": 4, "min_child_weight": 6, "subsample": 0.7}
NO_SCHEDULE = "none"
METRIC = {"Name": "validation:rmse", "Regex": r".*\[[0-9]+\].*#011validation-rmse:(\S+)"}


def get_pipeline(
    role: str,
    bucket: str | None = None,
    data: str | None = None,
    pipeline_name: str = "abalone",
    model_package_group_name: str = "abalone",
    image_tag: str = "latest",
    instance_type: str = "ml.m5.large",
) -> Pipeline:
    """Return the pipeline, to be created or updated by `upsert`.

    `role` is the ARN of the role of pipeline and jobs, `bucket` (default: the account's
    SageMaker bucket) takes what the steps write, `data` is the S3 prefix of raw CSV files and
    the default of the parameter `Data`. An execution whose parameter `MonitoringSchedule` names a
    schedule, as those have that its violations start, names the drifted columns in the model card
    of the package. The images are tandem-preprocessor and tandem-xgboost
    of the account's registry, with this tag.
    """
    session = PipelineSession(default_bucket=bucket)
    place = f"s3://{session.default_bucket()}/{pipeline_name}"
    start = ParameterString("Data", default_value=data or f"{place}/raw")
    rounds = ParameterInteger("Rounds", default_value=50)
    most = ParameterFloat("MostMse", default_value=6.0)
    approval = ParameterString("ApprovalStatus", default_value="PendingManualApproval")
    schedule = ParameterString("MonitoringSchedule", default_value=NO_SCHEDULE)
    make = _StepMaker(session, role, place, image_tag, instance_type)

    split = make.process(
        "Split", "preprocess.py", {"data": start}, ["split", "test", "labels"],
        ["--target", TARGET],
    )  # fmt: skip
    fit = make.train(
        "FitPreprocessor", "preprocessor", PREPROCESSOR,
        {"train": Join("/", [_output(split, "split"), "train.csv"])},
    )  # fmt: skip
    preprocessor = make.model("preprocessor", fit)
    create = ModelStep("Preprocessor", step_args=preprocessor.create(instance_type))
    features = make.transform("Features", create, _output(split, "split"))
    made = features.properties.TransformOutput.S3OutputPath
    train = make.train(
        "TrainBooster", "xgboost", {**BOOSTER, "num_round": rounds},
        {part: Join("/", [made, f"{part}.csv.out"]) for part in ("train", "validation")},
    )  # fmt: skip
    both = PipelineModel(
        [preprocessor, make.model("xgboost", train)], role, sagemaker_session=session
    )
    chain = ModelStep("Chain", step_args=both.create(instance_type))
    predict = make.transform("Predict", chain, _output(split, "test"))

    report = PropertyFile("Evaluation", output_name="evaluation", path="evaluation.json")
    predicted = predict.properties.TransformOutput.S3OutputPath
    evaluate = make.process(
        "Evaluate", "evaluate.py",
        {"predictions": predicted, "labels": _output(split, "labels")}, ["evaluation"], [],
        report,
    )  # fmt: skip
    statistics = Join("/", [_output(evaluate, "evaluation"), "evaluation.json"])
    register = ModelStep(
        "Register",
        step_args=both.register(
            ["text/csv"], ["text/csv"], [instance_type], [instance_type],
            model_package_group_name=model_package_group_name,
            approval_status=approval,
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource("application/json", statistics)
            ),
        ),
    )  # fmt: skip
    drifted = make.process(
        "NameDriftedColumns", str(DEPLOYMENT / "drifted_columns.py"), {}, [],
        ["--schedule", schedule, "--package", register.properties.ModelPackageArn,
         "--region", session.boto_region_name],
    )  # fmt: skip
    retrained = ConditionStep(
        "BecauseOfDrift",
        conditions=[ConditionNot(ConditionEquals(schedule, NO_SCHEDULE))],
        if_steps=[drifted],
    )
    error = JsonGet(evaluate.name, report, "regression_metrics.mse.value")
    check = ConditionStep(
        "GoodEnough",
        conditions=[ConditionLessThanOrEqualTo(error, most)],
        if_steps=[register, retrained],
        else_steps=[
            FailStep(
                "TooFarOff", error_message=Join(" ", ["The mean squared error is above", most])
            )
        ],
    )
    return Pipeline(
        pipeline_name,
        [start, rounds, most, approval, schedule],
        steps=[split, fit, create, features, train, chain, predict, evaluate, check],
        sagemaker_session=session,
    )


class _StepMaker:
    """Makes steps that share session, role, output prefix, image tag and instance type."""

    def __init__(
        self, session: PipelineSession, role: str, place: str, tag: str, instance_type: str
    ) -> None:
        self._session, self._role, self._place = session, role, place
        self._tag, self._instance_type = tag, instance_type
        account = session.boto_session.client("sts").get_caller_identity()["Account"]
        self._registry = f"{account}.dkr.ecr.{session.boto_region_name}.amazonaws.com"

    def process(
        self,
        name: str,
        script: str,
        inputs: Mapping[str, Any],
        outputs: list[str],
        arguments: list[Any],
        report: PropertyFile | None = None,
    ) -> ProcessingStep:
        """Return a step that runs a script in the scikit-learn image.

        `script` is a path, or the name of a file in this folder.
        """
        processor = SKLearnProcessor(
            framework_version="1.2-1",
            role=self._role,
            instance_type=self._instance_type,
            instance_count=1,
            sagemaker_session=self._session,
        )
        step_args = processor.run(
            code=str(FOLDER / script),
            inputs=[ProcessingInput(source, f"{WORK}/{key}") for key, source in inputs.items()],
            outputs=[
                ProcessingOutput(
                    f"{WORK}/{key}", f"{self._place}/{name.lower()}/{key}", output_name=key
                )
                for key in outputs
            ],
            arguments=arguments or None,
        )
        return ProcessingStep(
            name, step_args=step_args, property_files=[report] if report else None
        )

    def train(
        self, name: str, image: str, hyperparameters: Mapping[str, Any], channels: Mapping[str, Any]
    ) -> TrainingStep:
        """Return a training step of one of the two images on CSV channels."""
        estimator = Estimator(
            self._image(image), self._role, 1, self._instance_type,
            output_path=f"{self._place}/models",
            hyperparameters=dict(hyperparameters),
            metric_definitions=[METRIC],
            sagemaker_session=self._session,
        )  # fmt: skip
        inputs = {
            key: TrainingInput(source, content_type="text/csv") for key, source in channels.items()
        }
        return TrainingStep(name, step_args=estimator.fit(inputs))

    def transform(self, name: str, model: ModelStep, source: Any) -> TransformStep:
        """Return a batch transform of CSV files by the model that a step creates."""
        transformer = Transformer(
            model.properties.ModelName, 1, self._instance_type, accept="text/csv",
            assemble_with="Line", output_path=f"{self._place}/{name.lower()}",
            sagemaker_session=self._session,
        )  # fmt: skip
        return TransformStep(name, step_args=transformer.transform(source, content_type="text/csv"))

    def model(self, image: str, step: TrainingStep) -> Model:
        """Return the model that a training step leaves, for the same image."""
        archive = step.properties.ModelArtifacts.S3ModelArtifacts
        return Model(self._image(image), archive, self._role, sagemaker_session=self._session)

    def _image(self, name: str) -> str:
        return f"{self._registry}/tandem-{name}:{self._tag}"


def _output(step: ProcessingStep, name: str) -> Any:
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
