"""Metrics read from log lines, as the service's MetricDefinitions read them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from local_test.errors import UserError

_ROUND = re.compile(r"\[[0-9]+\](?=.*#011)")
_PAIR = re.compile(r"#011([A-Za-z0-9_.@]+)-([A-Za-z0-9_.@-]+):(\S+?)(?=#011|\s|$)")
# The service's own definitions end in (\S+), which takes the next tab's #011 along.
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:nan|inf)")


@dataclass(frozen=True)
class MetricDefinition:
    """A metric's name and the expression whose first group is its value."""

    name: str
    regex: re.Pattern[str]


def parse_metric_definition(text: str) -> MetricDefinition:
    """Parse `NAME=REGEX`. Raises UserError when the text has another form."""
    name, equals, expression = text.partition("=")
    if not (equals and name and expression):
        raise UserError(f"metric {text!r} is not NAME=REGEX")
    try:
        regex = re.compile(expression)
    except re.error as error:
        raise UserError(f"metric {name!r}: {expression!r} is not an expression: {error}") from error
    if not regex.groups:
        raise UserError(f"metric {name!r}: {expression!r} has no group", "put one round the number")
    return MetricDefinition(name, regex)


@dataclass
class Metrics:
    """All values read so far, by metric name.

    Without definitions, the lines of the built-in XGBoost are read:
    `[3]<TAB>train-rmse:0.1<TAB>validation-rmse:0.2` gives `train:rmse` and `validation:rmse`.
    """

    definitions: Sequence[MetricDefinition] = ()
    values: dict[str, list[float]] = field(default_factory=dict)

    def read_line(self, line: str) -> None:
        """Read the values in one log line; expressions see a tab as `#011`, as on SageMaker."""
        shown = line.replace("\t", "#011").replace("\r", "#015")
        for name, text in self._find_values(shown):
            number = _NUMBER.match(text)
            if number:
                self.values.setdefault(name, []).append(float(number.group()))

    def _find_values(self, line: str) -> list[tuple[str, str]]:
        if not self.definitions:
            if not _ROUND.match(line):
                return []
            return [(f"{data}:{metric}", value) for data, metric, value in _PAIR.findall(line)]
        matches = ((item.name, item.regex.search(line)) for item in self.definitions)
        return [(name, match.group(1) or "") for name, match in matches if match]
