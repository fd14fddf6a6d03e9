"""The ranges of hyperparameters that an image declares for Autotune.

A Docker image names them in the label `local-sagemaker.tuning-ranges` as `name=min..max`, separated
by spaces; a range of whole numbers has bounds without a decimal point. A program beside the running
Python has the same in the file `tuning_ranges.txt` of its package.
"""

import re
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local_test import settings as surroundings
from local_test.engines.image_names import find_program
from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.tuning.ranges.parameter_ranges import CONTINUOUS, WHOLE

LABEL, FILE = "local-sagemaker.tuning-ranges", "tuning_ranges.txt"
_NUMBER = r"-?\d+(?:\.\d+)?"
_WORD = re.compile(rf"([^=\s]+)=({_NUMBER})\.\.({_NUMBER})")

DeclaredRanges = dict[str, tuple[str, dict[str, Any]]]
"""By a hyperparameter's name, the kind of its range (a field of ParameterRanges) and the range."""


def find_declared_ranges(backend: Backend, uri: str) -> DeclaredRanges:
    """Return the ranges that the local image of an image URI declares, {} if it declares none.

    Raises ApiError when its declaration is invalid, and UserError when there is no such image.
    """
    engine, [image] = backend.resolve_images([uri], "training")
    labels = engine.read_labels(image.name)
    text = _read_program_text(image.name) if labels is None else labels.get(LABEL, "")
    return parse_ranges(text, uri)


def parse_ranges(text: str, uri: str) -> DeclaredRanges:
    """Parse a declaration. Raises ApiError, which names the image, when it is invalid."""
    found: DeclaredRanges = {}
    for word in text.split():
        match = _WORD.fullmatch(word)
        if match is None or float(match[2]) > float(match[3]):
            raise invalid(f"{LABEL} of the image {uri}: {word!r} is not a range name=min..max.")
        name, least, most = match.groups()
        kind = CONTINUOUS if "." in least + most else WHOLE
        scale = {"ScalingType": "Auto"}
        found[name] = kind, {"Name": name, "MinValue": least, "MaxValue": most} | scale
    return found


def _read_program_text(image: str) -> str:
    settings = surroundings.read_settings()
    program = find_program(image, settings)
    if program.parent != settings.programs:
        return ""
    for point in entry_points(group="console_scripts", name=program.name):
        package = find_spec(point.module.partition(".")[0])
        if package is not None and package.origin is not None:
            file = Path(package.origin).with_name(FILE)
            if file.is_file():
                return file.read_text(encoding="utf-8")
    return ""
