"""The texts of `train --help` and `serve --help`, generated from the declarations."""

from __future__ import annotations

from tandem._version import __version__
from tandem.algorithm import Algorithm
from tandem.contract import settings
from tandem.contract.hyperparameters import Hyperparameter, Mark
from tandem.contract.settings import Setting


def format_page(algorithm: Algorithm, word: str) -> str:
    """Return the help text of `train`, of `serve`, or of the program for any other `word`."""
    head = f"tandem-{algorithm.name} {__version__}: {algorithm.sentence}"
    if word == "train":
        rows = [_format_hyperparameter(parameter) for parameter in algorithm.hyperparameters]
        return "\n".join([head, "", "Hyperparameters of train:", *rows])
    if word == "serve":
        rows = [
            _format_setting(setting, default) for _, setting, default in settings.list_settings()
        ]
        return "\n".join([head, "", "Environment variables of serve:", *rows])
    return f"{head}\n\nusage: tandem-{algorithm.name} train|serve [--help]"


def _format_hyperparameter(parameter: Hyperparameter[object]) -> str:
    default = parameter.default
    fact = "required" if isinstance(default, Mark) else f"default {format_default(default)}"
    also = f"; also {', '.join(parameter.aliases)}" if parameter.aliases else ""
    head = f"  {parameter.name} ({parameter.kind.name}; {fact}{also})"
    return f"{head}\n      {describe_meaning(parameter)}"


def describe_meaning(parameter: Hyperparameter[object]) -> str:
    """Return a hyperparameter's description, with the condition under which it has an effect."""
    if parameter.inert:
        return f"Accepted without effect: {parameter.sentence}"
    if parameter.needs is None:
        return parameter.sentence
    word = "Required with" if parameter.needs.required else "Only with"
    return f"{parameter.sentence} {word} {parameter.needs}."


def _format_setting(setting: Setting, default: object) -> str:
    unit = f", {setting.unit}" if setting.unit else ""
    fact = f"{setting.kind.name}{unit}; default {format_default(default)}"
    return f"  {setting.variable} ({fact})\n      {setting.sentence}"


def format_default(default: object) -> str:
    """Return a default as help texts and documentation show it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(str(item) for item in default) or "none"
    return str(default) or '""'
