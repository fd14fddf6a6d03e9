"""Options of commands that are set in `tandem.toml` or in environment variables.

An argument overrides an environment variable, which overrides the file and the default.
"""

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from local_test.errors import UserError

FILE = "tandem.toml"
FILE_VARIABLE = "LOCAL_SAGEMAKER_CONFIG"
SHARED = ("engine", "region", "state", "url")
"""Options that apply to every command where they are optional, when set outside of a table.

Where one is required it is another thing: `invoke --url` is an endpoint, not the service.
"""

_PREFIX = "LOCAL_SAGEMAKER_"
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class OptionSetting:
    """The value of an option, converted to its type, and where it comes from."""

    name: str
    value: Any
    source: str


@dataclass(frozen=True)
class OptionSettings:
    """Values of options: `shared` and `tables` (one a command) of the file, and the environment.

    `file` is None where there is no file. Values are as written, not yet converted.
    """

    file: Path | None
    shared: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, str]

    def set_defaults(self, parser: argparse.ArgumentParser, command: str) -> None:
        """Make the settings of a command the defaults of its parser.

        Raises UserError for an unknown option, and for a value that the option does not take.
        """
        self._check_table(parser, command)
        for action, setting in self._find_settings(parser, command):
            action.default = setting.value
            action.required = False

    def list_settings(
        self, parser: argparse.ArgumentParser, command: str
    ) -> Iterator[OptionSetting]:
        """Yield the settings of a command, in the order of its options; errors as above."""
        self._check_table(parser, command)
        for _, setting in self._find_settings(parser, command):
            yield setting

    def _check_table(self, parser: argparse.ArgumentParser, command: str) -> None:
        names = [name for _, name in list_options(parser)]
        for name in self.tables.get(command, {}):
            if name not in names:
                where = f"{self.file}: [{command}]"
                raise _make_unknown_error(where, "option", name, names)

    def _find_settings(
        self, parser: argparse.ArgumentParser, command: str
    ) -> Iterator[tuple[argparse.Action, OptionSetting]]:
        for action, name in list_options(parser):
            if action.default is argparse.SUPPRESS:  # set by its parent's option
                continue
            found = self._find_text(name, command, shared=name in SHARED and not action.required)
            if found is not None:
                value, source = found
                yield action, OptionSetting(name, _convert_value(action, value, source), source)

    def _find_text(self, name: str, command: str, *, shared: bool) -> tuple[Any, str] | None:
        for key in (f"{command}_{name}", *([name] if shared else [])):
            variable = _PREFIX + key.upper().replace("-", "_")
            if self.environment.get(variable):
                return self.environment[variable], variable
        if name in self.tables.get(command, {}):
            return self.tables[command][name], f"{self.file}: [{command}] {name}"
        if shared and name in self.shared:
            return self.shared[name], f"{self.file}: {name}"
        return None


def read_option_settings(environment: Mapping[str, str], commands: Sequence[str]) -> OptionSettings:
    """Read `tandem.toml` of the current directory, or the file that the environment names.

    Raises UserError when the file is invalid, has a table that is no command, or a shared option
    that is none of `SHARED`; also when a file is named and missing.
    """
    named = environment.get(FILE_VARIABLE, "")
    file = Path(named or FILE)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise UserError(f"{FILE_VARIABLE}: file not found: {file}") from None
        return OptionSettings(None, {}, {}, environment)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    tables = {name: value for name, value in content.items() if isinstance(value, dict)}
    shared = {name: value for name, value in content.items() if name not in tables}
    for name in tables:
        if name not in commands:
            raise _make_unknown_error(str(file), "command", name, commands)
    for name in shared:
        if name not in SHARED:
            raise _make_unknown_error(
                str(file), "option of all commands", name, SHARED, "; others go into [COMMAND]"
            )
    return OptionSettings(file.absolute(), shared, tables, environment)


def list_parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return a parser and those of its verbs."""
    verbs = [
        verb
        for action in parser._actions  # noqa: SLF001 (argparse has no public list)
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
        for verb in action.choices.values()
    ]
    return [parser, *verbs]


def list_options(parser: argparse.ArgumentParser) -> list[tuple[argparse.Action, str]]:
    """Return the options of a parser and of its verbs that have a long name, with it.

    The names have no hyphens in front. An option that several verbs have is listed for each.
    """
    return [
        (action, name[2:])
        for one in list_parsers(parser)
        for action in one._actions  # noqa: SLF001 (argparse has no public list)
        for name in [next((text for text in action.option_strings if text[:2] == "--"), "")]
        if name and not isinstance(action, argparse._HelpAction)  # noqa: SLF001
    ]


def _make_unknown_error(
    where: str, kind: str, name: str, names: Sequence[str], more: str = ""
) -> UserError:
    nearest = get_close_matches(name, list(names), n=1, cutoff=0.6)
    hint = f"write {nearest[0]!r}" if nearest else f"known: {', '.join(sorted(names))}{more}"
    return UserError(f"{where}: unknown {kind} {name!r}", hint)


def _convert_value(action: argparse.Action, value: Any, source: str) -> Any:
    """Return a value as the option would have it; raise UserError if the option refuses it."""
    if action.nargs == 0:
        flag = value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
        if flag is None or action.const is not True:
            raise UserError(f"{source}: {value!r} is neither true nor false")
        return flag
    repeated = isinstance(action.default, list)
    if isinstance(value, list) and not repeated:
        raise UserError(f"{source}: one value is expected, not a list")
    values = [_convert_text(action, one, source) for one in _make_list(value)]
    return values if repeated else values[0]


def _make_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _convert_text(action: argparse.Action, value: Any, source: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UserError(f"{source}: a text or a number is expected, not {value!r}")
    try:
        converted = action.type(str(value)) if callable(action.type) else str(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UserError(f"{source}: {error}") from error
    if action.choices is not None and converted not in action.choices:
        known = ", ".join(map(str, action.choices))
        raise UserError(f"{source}: invalid value {value!r}", f"choose one of {known}")
    return converted
