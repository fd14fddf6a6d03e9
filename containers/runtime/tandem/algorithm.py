"""What an image gives the runtime: a name, its hyperparameters, and two functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tandem.contract.entry_point import EntryPoint
from tandem.contract.hyperparameters import Hyperparameter
from tandem.contract.training_job import Job
from tandem.data.schema.row_source import InputSchema
from tandem.data.tables import Table
from tandem.errors import UserError, did_you_mean, join_words

if TYPE_CHECKING:  # numpy and werkzeug with it: only a script needs them
    from tandem.script.inference_functions import DefaultFunctions


class Model(Protocol):
    """A loaded model artifact."""

    @property
    def schema(self) -> InputSchema:
        """What the model reads."""

    def predict(self, table: Table) -> Table:
        """Answer a table, row for row. Raises UserError when a value cannot be used."""

    def example(self) -> Table:
        """Return one row of input, for warming up."""


@runtime_checkable
class SelectiveModel(Model, Protocol):
    """A model whose answers can hold more than the prediction, each part under a name."""

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs."""

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Answer a table with `Table.outputs` of these names, in their order."""


@runtime_checkable
class Featurizer(Model, Protocol):
    """A model whose answers are features: what the next container of an endpoint reads."""

    @property
    def features(self) -> tuple[str, ...]:
        """The features' names, in the order of the answers' columns; none where it has no names."""


@runtime_checkable
class SparseFeaturizer(Featurizer, Protocol):
    """A model that may give rows which have few of many features."""

    @property
    def sparse(self) -> bool:
        """Whether its rows are such ones: it answers with a `SparseTable`."""


@dataclass(frozen=True)
class Algorithm:
    """An image's own part.

    `train` reads the job and writes `job.model_dir`; `load` gives the model of a folder. Both raise
    errors of `tandem.errors` only when something is wrong that a person can mend. `stages` are the
    other parts an artifact can play in a pipeline, by the name that `TANDEM_STAGE` gives it. With
    `scripts`, a job or an artifact may bring a program of the user's own instead
    (docs/script-mode.md), and `script_defaults` gives what stands for the functions it does not
    have (None: those of Amazon's scikit-learn container). An entry point that ends in one of
    `recipes` is none: `train` reads it.
    """

    name: str
    sentence: str
    hyperparameters: Sequence[Hyperparameter[Any]]
    train: Callable[[Job], None]
    load: Callable[[Path], Model]
    stages: Mapping[str, Callable[[Path], Model]] = field(default_factory=dict)
    scripts: bool = False
    script_defaults: Callable[[], DefaultFunctions | None] = lambda: None
    recipes: tuple[str, ...] = ()

    def runs_script(self, program: EntryPoint | None) -> bool:
        """Return whether this program, and not the algorithm, does the work."""
        named = program is not None and program.name
        return self.scripts and bool(named) and not str(named).endswith(self.recipes)

    def get_loader(self, stage: str) -> Callable[[Path], Model]:
        """Return what loads the model of a stage; '' is the image's own.

        Raises UserError for one it does not have.
        """
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
    """Return the algorithm of this image: the one package with an entry point `tandem.algorithms`.

    Raises UserError when none or several are installed.
    """
    found = list(entry_points(group="tandem.algorithms"))
    if len(found) != 1:
        names = [point.name for point in found]
        raise UserError(
            f"{join_words(names) or 'no algorithm'} {'are' if names else 'is'} installed here",
            remedy="Start the one you mean by its own program, as in 'tandem-xgboost train'",
        )
    algorithm = found[0].load()
    if not isinstance(algorithm, Algorithm):
        raise UserError(f"entry point {found[0].value!r} is not an Algorithm")
    return algorithm
