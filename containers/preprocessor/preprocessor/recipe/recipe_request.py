"""The request of a job: its hyperparameters merged over the file of channel `recipe`.

The keys of the file are hyperparameters. Those that the job sets override those of the file; in
`columns`, each column separately.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from preprocessor.hyperparameters import (
    COLUMNS,
    DROP,
    FEATURES_FROM,
    INTERACTIONS,
    MISSING_VALUES,
    NO_TARGET,
    SCHEMA,
    TARGET,
    WEIGHT,
)
from preprocessor.recipe import recipe_file
from preprocessor.transforms.custom import job_code
from preprocessor.transforms.options import RecipeAddress, read_option
from tandem.contract.hyperparameters import Hyperparameter, HyperparameterValues
from tandem.contract.training_job import Job
from tandem.data.text.canonical_form import list_spellings
from tandem.errors import UserError

# The key of an interaction's columns in its long form.
INTERACTION_COLUMNS = "columns"


@dataclass(frozen=True)
class RecipeRequest:
    """The effective hyperparameters, and the requested treatment of each column with its location.

    `file` is the name of the recipe file, None when there is none.
    """

    values: HyperparameterValues
    columns: Mapping[str, tuple[object, RecipeAddress]] = field(default_factory=dict)
    file: str | None = None

    def find_address(self, parameter: Hyperparameter[Any]) -> RecipeAddress:
        """Return the location of a hyperparameter: in the file, or in the job."""
        return RecipeAddress(None if parameter.name in self.values.given else self.file).child(
            parameter.name
        )

    @property
    def target(self) -> str | None:
        """The column to predict, None for no target. Raises UserError when it is not set."""
        target = self.values[TARGET]
        if not target:
            raise UserError(
                "hyperparameter 'target' is required",
                remedy="Name the column to predict, here or in the recipe, or write"
                f" {NO_TARGET} where there is none",
            )
        return None if target == NO_TARGET else target

    @property
    def named_columns(self) -> frozenset[str]:
        """The columns that the request names."""
        one = filter(None, (self.values[TARGET], self.values[WEIGHT]))
        together = (name for wish in self.values[INTERACTIONS] for name in _read_columns(wish))
        fetched = (name for source in self.values[FEATURES_FROM] for name in _read_fetched(source))
        return frozenset((*one, *self.values[DROP], *self.columns, *together, *fetched))


def read_request(job: Job) -> RecipeRequest:
    """Read the request of a job. Raises UserError when its recipe cannot be used."""
    channel = job.optional_channel("recipe")
    if job.user_code.name and channel is not None:
        raise UserError(
            f"channel 'recipe' and the entry point {job.user_code.name!r} are two recipes"
        )
    if job.user_code.name:
        return merge_request(
            job.hyperparameters,
            *recipe_file.read_entry_point(job_code.fetch_code(job), job.user_code.name),
        )
    if channel is None:
        return merge_request(job.hyperparameters)
    return merge_request(job.hyperparameters, *recipe_file.read_recipe_file(channel))


def merge_request(
    values: HyperparameterValues,
    content: Mapping[str, object] | None = None,
    file: str | None = None,
) -> RecipeRequest:
    """Merge hyperparameters over the content of a recipe file.

    Raises UserError when a key of the file is unknown or its value invalid.
    """
    parameters = {parameter.name: parameter for parameter in SCHEMA}
    merged = {name: values[parameter] for name, parameter in parameters.items()}
    address = RecipeAddress(file)
    columns: dict[str, tuple[object, RecipeAddress]] = {}
    for name, value in (content or {}).items():
        if name not in parameters:
            raise address.unknown_name("key of a recipe", name, parameters)
        setting = read_option(parameters[name], value, address.child(name))
        if name == COLUMNS.name and isinstance(setting, Mapping):
            columns = {key: (wish, address.child(name, key)) for key, wish in setting.items()}
        elif name not in values.given:
            merged[name] = tuple(setting) if isinstance(setting, list) else setting
    # A marker like -999 is -999.0 in what pandas writes of whole numbers with a gap.
    merged[MISSING_VALUES.name] = tuple(list_spellings(merged[MISSING_VALUES.name]))
    job_address = RecipeAddress().child(COLUMNS.name)
    columns |= {key: (wish, job_address.child(key)) for key, wish in values[COLUMNS].items()}
    return RecipeRequest(HyperparameterValues(merged, values.given), columns, file)


def _read_fetched(source: object) -> list[str]:
    """Return the identifier and the columns of a feature group."""
    if not isinstance(source, Mapping):
        return []
    columns = source.get("columns")
    names = [*columns] if isinstance(columns, list | Mapping) else []
    return [name for name in (source.get("identifier"), *names) if isinstance(name, str)]


def _read_columns(wish: object) -> list[str]:
    """Return the columns of an interaction, in its short form or its long one."""
    names = wish.get(INTERACTION_COLUMNS) if isinstance(wish, Mapping) else wish
    return list(map(str, names)) if isinstance(names, list) else []
