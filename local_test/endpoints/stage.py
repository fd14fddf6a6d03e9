"""One container of an endpoint: image, model and environment variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_test.endpoints.archive_source import ArchiveSource, FolderSource
from local_test.engines.protocol import Engine
from local_test.errors import UserError
from local_test.platform.limits import HOSTING_ENVIRONMENT, check_environment, check_pipeline_length
from local_test.platform.source_code import SourceCode

MULTI_MODEL_LABEL = "com.amazonaws.sagemaker.capabilities.multi-models"
BIND_LABEL = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port"
NO_MODEL = "-"


@dataclass(frozen=True)
class Stage:
    """An image and its model: a directory, a `model.tar.gz`, or None for no model at all.

    `source_code` is copied into the model, as the SDK does, and named in the environment variables.
    With `models`, a folder of archives or another source, it is the container of a multi-model
    endpoint. `hostname` is its name in a pipeline, instead of `container-N`.
    `max_model_size` is how many bytes an archive may unpack to, None for the default. Errors call
    the archive by `model_name`, where it was copied from elsewhere.
    """

    image: str
    model: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    source_code: SourceCode | None = None
    models: Path | ArchiveSource | None = None
    hostname: str = ""
    max_model_size: int | None = None
    model_name: str = ""

    @property
    def archive_source(self) -> ArchiveSource | None:
        """The archives of a multi-model endpoint. Raises UserError when there is no folder."""
        return FolderSource(self.models) if isinstance(self.models, Path) else self.models


def parse_stage(text: str, environment: Mapping[str, str]) -> Stage:
    """Parse `IMAGE=MODEL`; `-` is no model. Raises UserError when the text has another form."""
    image, equals, model = text.partition("=")
    if not (equals and image and model):
        raise UserError(f"stage {text!r} is not IMAGE=MODEL", "write IMAGE=- for no model")
    return Stage(image, parse_model(model), environment)


def parse_model(text: str) -> Path | None:
    """Parse MODEL; `-` is no model."""
    return None if text == NO_MODEL else Path(text)


def name_containers(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Return the container names that SageMaker uses in messages."""
    if len(stages) == 1:
        return ("primary",)
    return tuple(
        stage.hostname or f"container-{number}" for number, stage in enumerate(stages, start=1)
    )


def check_stages(stages: Sequence[Stage], engine: Engine) -> None:
    """Raise UserError when CreateModel would reject the number, variables or labels.

    Source: Developer Guide, 'Inference Pipelines': each image of a pipeline carries the label.
    """
    if len(stages) != 1:
        check_pipeline_length(len(stages))
    for stage in stages:
        check_environment(stage.environment, HOSTING_ENVIRONMENT)
        labels = engine.read_labels(stage.image)
        if len(stages) > 1:
            _check_label(stage, labels, BIND_LABEL, "stand in a pipeline")
        if stage.models is not None:
            _check_multi_model(stage, len(stages))
            _check_label(stage, labels, MULTI_MODEL_LABEL, "serve several models")


def _check_multi_model(stage: Stage, count: int) -> None:
    if count > 1:
        raise UserError(
            f"{stage.image} has several models and stands in a pipeline, which is not done here",
            "serve it alone, or give it one model",
        )
    if stage.model is not None or stage.source_code is not None:
        raise UserError(
            f"{stage.image} has a model or a program beside its folder of models",
            "put each model's program into its archive, below code/",
        )


def _check_label(stage: Stage, labels: Mapping[str, str] | None, label: str, purpose: str) -> None:
    if labels is not None and labels.get(label) != "true":
        raise UserError(
            f"image {stage.image} lacks the Docker label {label}=true, "
            f"without which it cannot {purpose}",
            "add the label to its Dockerfile",
        )
