"""The interface of an image to the runtime: hyperparameters, training, and loaded models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tandem.contract.entry_point import EntryPoint
from tandem.contract.hyperparameters import Hyperparameter
from tandem.contract.training_job import Job
from tandem.data.feature_sources import FeatureSources
from tandem.data.schema.row_source import InputSchema
from tandem.data.tables import Table
from tandem.errors import UserError, did_you_mean, join_words

if TYPE_CHECKING:  # numpy and werkzeug with it: only a script needs them
    from tandem.script.inference_functions import DefaultFunctions


class Model(Protocol):
    """A loaded model artifact."""

    @property
    def schema(self) -> InputSchema:
        """The schema that turns a request's rows into a table."""

    def predict(self, table: Table) -> Table:
        """Return the predictions or features of a table, row by row.

        Raises UserError when a value cannot be used.
        """

    def example(self) -> Table:
        """Return one row of input, for warming up the server."""


@runtime_checkable
class SelectiveModel(Model, Protocol):
    """A model with several named outputs beside its prediction."""

    @property
    def offered(self) -> Sequence[str]:
        """The names of the available outputs."""

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Return a table whose `outputs` are those of `names`, in their order."""


@runtime_checkable
class Featurizer(Model, Protocol):
    """A model that returns features, for the next container of an inference pipeline."""

    @property
    def features(self) -> tuple[str, ...]:
        """The features' names, in the order of the columns; empty when they have none."""


@runtime_checkable
class SourcedFeaturizer(Featurizer, Protocol):
    """A featurizer that knows which raw columns its features were made of."""

    @property
    def sources(self) -> FeatureSources | None:
        """The sources of the features, in their order; None where they are not known."""


@runtime_checkable
class WaitingModel(Model, Protocol):
    """A model whose answers may wait for another server."""

    @property
    def waits(self) -> bool:
        """Whether this one does; a worker's event loop then leaves its requests to threads."""


@runtime_checkable
class SparseFeaturizer(Featurizer, Protocol):
    """A model whose features may be sparse."""

    @property
    def sparse(self) -> bool:
        """Whether it returns a `SparseTable`."""


@dataclass(frozen=True)
class Algorithm:
    """The algorithm of an image.

    `train` reads the job and writes `job.model_dir`; `load` loads the model in a folder. Both raise
    errors of `tandem.errors` only for faults that the user can correct; an image without `train`
    runs scripts only, and one without `load` serves nothing. `stages` load the artifact
    for another role in a pipeline, by the value of `TANDEM_STAGE`. With `scripts`, a job or an
    artifact may have a user's program instead (docs/script-mode.md), and `script_defaults` returns
    the defaults for functions that it does not define (None: those of Amazon's scikit-learn
    container). An entry point that ends in one of `recipes` is no program: `train` reads it.
    """

    name: str
    sentence: str
    hyperparameters: Sequence[Hyperparameter[Any]]
    train: Callable[[Job], None] | None = None
    load: Callable[[Path], Model] | None = None
    stages: Mapping[str, Callable[[Path], Model]] = field(default_factory=dict)
    scripts: bool = False
    script_defaults: Callable[[], DefaultFunctions | None] = lambda: None
    recipes: tuple[str, ...] = ()

    def runs_script(self, program: EntryPoint | None) -> bool:
        """Return whether this program runs instead of the algorithm."""
        named = program is not None and program.name
        return self.scripts and bool(named) and not str(named).endswith(self.recipes)

    def get_loader(self, stage: str) -> Callable[[Path], Model]:
        """Return the function that loads the model of a stage; '' is the image's own.

        Raises UserError when the image has no such stage, or serves nothing.
        """
        if self.load is None:
            raise UserError(
                f"the image {self.name} runs jobs and has no server",
                remedy="Serve the model with the image preprocessor or xgboost",
            )
        if not stage:
            return self.load
        if stage not in self.stages:
            hint = did_you_mean(stage, self.stages)
            rest = (
                f"It has {join_words([repr(name) for name in self.stages])}" if self.stages else ""
            )
            raise UserError(
                f"TANDEM_STAGE: the image {self.name} has no stage {stage!r}"
                + (f"; {hint}" if hint else ""),
                remedy="" if hint else rest or "Leave it unset",
            )
        return self.stages[stage]


def load_installed() -> Algorithm:
    """Load the algorithm of this image, the only entry point in the group `tandem.algorithms`.

    Raises UserError when none or several are installed.
    """
    points = list(entry_points(group="tandem.algorithms"))
    if len(points) != 1:
        names = [point.name for point in points]
        raise UserError(
            f"{join_words(names) or 'no algorithm'} {'are' if names else 'is'} installed here",
            remedy="Start the one you mean by its own program, as in 'tandem-xgboost train'",
        )
    algorithm = points[0].load()
    if not isinstance(algorithm, Algorithm):
        raise UserError(f"entry point {points[0].value!r} is not an Algorithm")
    return algorithm
