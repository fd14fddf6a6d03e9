"""The channel `recipe`: one file, `recipe.yaml` or `recipe.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tandem.contract.training_job import Channel
from tandem.errors import Location, UserError, join_words

ENDINGS = (".yaml", ".yml", ".json")


def read_recipe_file(channel: Channel) -> tuple[dict[str, object], str]:
    """Return the content of the recipe file and its name.

    Raises UserError when there is not exactly one file, or it is neither JSON nor YAML.
    """
    files = [(name, body) for name, body in channel.read_contents() if name.endswith(ENDINGS)]
    if len(files) != 1:
        names = join_words([name for name, _ in files]) or "none"
        raise UserError(
            f"channel '{channel.name}' must hold one file that ends in {join_words(ENDINGS, 'or')},"
            f" and there is {names}"
        )
    name, body = files[0]
    return _parse_recipe(name, body)


def read_entry_point(folder: Path, name: str) -> tuple[dict[str, object], str]:
    """Return the content and the name of a recipe that is the entry point of a job's code."""
    return _parse_recipe(name, (folder / name).read_bytes())


def _parse_recipe(name: str, body: bytes) -> tuple[dict[str, object], str]:
    value = _parse_json(body, name) if name.endswith(".json") else _parse_yaml(body, name)
    if not isinstance(value, dict):
        raise UserError("must hold an object: keys and values", where=Location(name))
    return {str(key): item for key, item in value.items()}, name


def _parse_json(body: bytes, name: str) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise UserError(
            f"is not valid JSON: {error.msg}", where=Location(name, row=error.lineno)
        ) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8 text", where=Location(name)) from error


def _parse_yaml(body: bytes, name: str) -> Any:
    import yaml

    from preprocessor.recipe import yaml_loader

    try:
        return yaml_loader.load_yaml(body)
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else None
        raise UserError(
            f"is not valid YAML: {error.problem}", where=Location(name, row=row)
        ) from error
    except yaml.YAMLError as error:
        raise UserError("is not valid YAML", where=Location(name)) from error
