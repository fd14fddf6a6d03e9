"""The search of each definition of a tuning job, with the results of its parents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_test.service.backend import Backend
from local_test.service.resources.tuning.definitions import TuningDefinition, read_definitions
from local_test.service.resources.tuning.hyperband import read_resources
from local_test.service.resources.tuning.warm_start import list_parent_results, list_parents
from local_test.service.storage.records import Record

if TYPE_CHECKING:  # optuna takes half a second, which a service without tuning need not wait for
    from local_test.service.resources.tuning.search_strategy import HyperparameterSearch

_SEEDS = 2**32


@dataclass(frozen=True)
class DefinitionSearch:
    """A definition and the search for its hyperparameters."""

    definition: TuningDefinition
    search: "HyperparameterSearch"

    @property
    def name(self) -> str:
        """The definition's name, empty for the only one."""
        return self.definition.name

    @property
    def most(self) -> float:
        """The most training jobs there are to run: the points of a grid, else no bound."""
        return float("inf") if self.search.max_trials is None else self.search.max_trials


def open_searches(
    backend: Backend, region: str, record: Record, tried: int = 0
) -> list[DefinitionSearch]:
    """Return the search of each definition of a tuning job's record.

    The job has `tried` trials already, and proposes others than it did with its seed.
    """
    from local_test.service.resources.tuning.search_strategy import HyperparameterSearch

    config = record["HyperParameterTuningJobConfig"]
    seed = config.get("RandomSeed")
    found = [
        DefinitionSearch(
            definition,
            HyperparameterSearch(
                config["Strategy"],
                definition.ranges,
                maximize=definition.maximize,
                early=config.get("TrainingJobEarlyStoppingType", "Off") == "Auto",
                seed=None if seed is None else (seed + tried) % _SEEDS,
                resources=read_resources(
                    config, definition.content.get("StaticHyperParameters", {})
                ),
            ),
        )
        for definition in read_definitions(record)
    ]
    for parent in list_parents(record):
        for result in list_parent_results(backend, region, parent):
            found[0].search.add_result(result.hyperparameters, result.value)
    return found
