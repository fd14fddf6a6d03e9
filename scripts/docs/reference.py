"""Write the pages of `docs/reference` from what the code declares.

`python -m scripts.docs.reference` writes them; `pages()` is compared with them by a test.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from booster.algorithm import ALGORITHM as XGBOOST
from booster.params import metrics
from booster.params.objectives import OBJECTIVES
from booster.predict import explanations
from booster.predict.output_keys import KEYS
from local_test.commands import NAMES, Command, load_command
from local_test.commands.shared.answer import ERROR, Answer, Key
from local_test.commands.shared.command import add_common_options
from preprocessor.algorithm import ALGORITHM as PREPROCESSOR
from preprocessor.recipe import json_schema
from scripts.docs import conformance_page, operations_page, recipe_page
from scripts.docs.markdown import format_table
from tandem import codecs, errors
from tandem.algorithm import Algorithm
from tandem.contract import settings
from tandem.contract.hyperparameters import Hyperparameter, Mark
from tandem.errors import TandemError
from tandem.help_text import describe_meaning, format_default

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def build_pages() -> dict[str, str]:
    """Return every reference page by its file name."""
    return {
        "hyperparameters.md": _hyperparameters([PREPROCESSOR, XGBOOST]),
        "settings.md": _settings(),
        "errors.md": _errors(),
        "formats.md": _formats(),
        "outputs.md": _outputs(),
        "local-sagemaker.md": _commands(),
        "metrics.md": _metrics(),
        "operations.md": _page([operations_page.build_page()]),
        "../recipe.md": _page([recipe_page.build_page()]),
        "../conformance.md": _page(
            [conformance_page.HEAD, *conformance_page.format_tables(format_table)]
        ),
        "recipe.schema.json": json.dumps(json_schema.build_schema(), indent=1) + "\n",
    }


def main() -> int:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in build_pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _hyperparameters(algorithms: Sequence[Algorithm]) -> str:
    parts = ["# Hyperparameters\n", "A value arrives as text; text in JSON quotes is read as well."]
    for algorithm in algorithms:
        rows = [_hyperparameter(parameter) for parameter in algorithm.hyperparameters]
        parts.append(f"\n## {algorithm.name}\n")
        parts.append(format_table(("name", "kind", "default", "meaning"), rows))
    return _page(parts)


def _hyperparameter(parameter: Hyperparameter[Any]) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (parameter.name, *parameter.aliases))
    required = isinstance(parameter.default, Mark)
    default = "required" if required else f"`{format_default(parameter.default)}`"
    return names, parameter.kind.name, default, describe_meaning(parameter)


def _settings() -> str:
    rows = [
        (f"`{s.variable}`", s.kind.name, s.unit, f"`{format_default(default)}`", s.sentence)
        for _, s, default in settings.list_settings()
    ]
    head = "# Environment variables of the images\n\nRead once, at start; no other is looked at.\n"
    return _page([head, format_table(("variable", "kind", "unit", "default", "meaning"), rows)])


def _errors() -> str:
    rows = [
        (
            f"`{kind.title}`",
            str(kind.status),
            str(kind.exit_code),
            (kind.__doc__ or "").strip().partition("\n")[0],
        )
        for kind in list_error_classes()
    ]
    text = """# Errors

`train` ends with the exit code, and `output/failure` begins with the name and the sentence. `serve`
answers with the HTTP status and a JSON body: `code`, `message`, and `row` and `column` where they
are known. A row counts from 1 and includes a header row.

A request that is not valid HTTP gets such a body too, with the name of its status as `code`
(`BadRequest`, `RequestHeaderFieldsTooLarge`, ...), and the connection is closed.
"""
    return _page([text, format_table(("name", "HTTP status", "exit code", "meaning"), rows)])


def list_error_classes() -> list[type[TandemError]]:
    """Return every class of error, base first."""
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [kind for kind in found if issubclass(kind, TandemError)]


def _formats() -> str:
    text = """# Formats

Each is read by one codec, in training and in serving, and the same rows give the same numbers in
every format. Letter case of a content type does not matter, and of its parameters only those that
are listed here do. Absent and null values are missing, never zero; columns and indices are never
shifted; an infinite number is refused. Without an `Accept`, the answer is
`SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`.

A file or body without a declared content type is CSV, or what its first bytes say: Parquet, NPY, an
Arrow stream, recordio-protobuf; files named `.jsonl` or `.ndjson` are JSON Lines. One that is
declared as another format than its first bytes say is refused. Files may be compressed by gzip.
Where numbers are read, true and false are 1 and 0 in every format. Blank lines at the end of a text
are no rows, where a row has more than one column.

Of a channel's folder every file is read, in subfolders too, but for names that begin with `.` or
`_` (as `_SUCCESS`; a folder `_key=value` is read). Files without a row are left out.

CSV in another dialect is read where the content type declares it, of a channel, a request or a
transform job, as `text/csv; delimiter=semicolon; decimal=comma; charset=latin-1` (or
`delimiter=;; decimal=,`). `delimiter` is `comma`, `semicolon`, `tab`, `pipe` or `space`; `decimal`
is `point` or `comma`; `charset` is what Python can decode. The values are those of the plain file,
and a first line `sep=;` is skipped. With decimal commas a number with a point is refused, as the
point may divide thousands. A dialect that is not declared is never guessed: the error says what to
declare. Excel workbooks are not read.

In Pipe mode a channel's objects follow each other in one stream: a text object must end in a
newline, and CSV files that begin with a header row may each bring theirs. The other formats need
`RecordWrapperType=RecordIO`.
"""
    rows = [_format(codec) for codec in codecs.CODECS]
    head = ("content type", "also read as", "read", "written", "Pipe mode")
    return _page([text, format_table(head, rows)])


def _format(codec: codecs.Codec) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*codec.media_types[1:], *codec.aliases))
    written = codec.writes if isinstance(codec, codecs.Writer) else "no"
    piped = "in RecordIO records" if codec.border is None else "yes"
    return f"`{codec.media_types[0]}`", names, codec.reads, written, piped


def _outputs() -> str:
    text = """# Named outputs of the xgboost image

An answer holds the prediction, unless outputs are asked for by name: always, by
`SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probabilities`; for one request, by
`output=predicted_label,probabilities` in `X-Amzn-SageMaker-Custom-Attributes` (the parameter
`CustomAttributes` of `InvokeEndpoint`; `;` separates it from others) or in the query. They come in
the order asked for. One that the objective does not have is missing in every row.
"""
    rows = [(f"`{name}`", key.sentence) for name, key in KEYS.items()]
    rows.append((f"`{explanations.NAME}`", explanations.SENTENCE))
    groups: dict[str, list[str]] = {}
    for objective in OBJECTIVES:
        fitting = ", ".join(f"`{name}`" for name, key in KEYS.items() if key.fits(objective.name))
        groups.setdefault(fitting, []).append(f"`{objective.name}`")
    fits = [(", ".join(names), fitting) for fitting, names in groups.items()]
    return _page(
        [
            text,
            format_table(("output", "meaning"), rows),
            "\n## Which output for which objective\n",
            format_table(("objective", "outputs"), fits),
            "\nA model of `booster=gblinear` has neither `interactions` nor `leaf`, and one of"
            " `multi_strategy=multi_output_tree` has `leaf` alone of the last three: 400.",
        ]
    )


def _metrics() -> str:
    rows = [
        (
            f"`{m.name}`",
            "up" if m.maximise else "down",
            "image" if m.score else "XGBoost",
            m.sentence,
        )
        for m in metrics.METRICS
    ]
    fits = [(f"`{o.name}`", o.metric, ", ".join(metrics.list_fitting(o))) for o in OBJECTIVES]
    listed = [metrics.make_definition(s, m.name) for m in metrics.METRICS for s in _SETS]
    shown_sets = json.dumps(listed, indent=2)
    return _page(
        [
            _METRICS_HEAD,
            format_table(("metric", "better is", "computed by", "meaning"), rows),
            "\n## Which metric for which objective\n",
            format_table(("objective", "by default", "metrics"), fits),
            _METRICS_FOOT.format(shown_sets),
        ]
    )


_WAYS = {True: "up", False: "down"}
_SETS = ("validation", "train")
_METRICS_HEAD = """# Metrics of the image xgboost

Chosen by `eval_metric`. After each round there is one line, its parts separated by a tabulator:

    [17]	train-rmse:0.41230	validation-rmse:0.43110

Early stopping watches the last metric on the channel `validation`, or the one a tuning job names in
`_tuning_objective_metric`. Where the channel has weights, every metric uses them.
"""
_METRICS_FOOT = """
## Metric definitions to paste

For `metric_definitions` of an estimator or a tuner: take the ones you report, 40 at most. They
match a tabulator as well as the `#011` that the platform makes of it.

```json
{}
```
"""


def _commands() -> str:
    text = """# local-sagemaker

Runs SageMaker containers on this machine as the service would: trains, serves, chains, tunes,
batch-transforms.
`python -m local_test` is the same command.
"""
    parser = argparse.ArgumentParser(add_help=False)
    add_common_options(parser, default=False)
    common = format_table(("option", "meaning"), [*map(_option, parser._actions)])  # noqa: SLF001
    errors = format_table(("key", "type", "meaning"), list(_keys(ERROR.keys)))
    head = [text, _COMMON_HEAD, common, _JSON_HEAD, errors]
    return _page([*head, *map(_command, map(load_command, NAMES))])


_COMMON_HEAD = """## Options of all commands
"""
_JSON_HEAD = """
With `--json`, standard output has exactly one JSON document, described below for each command
(`logs` prints one a line). `serve`, `pipeline` and `up` print it when they are ready. A command
that fails before its answer prints this document instead, and the sentence on standard error too.
With `run --json`, the standard output of the command that it runs goes to standard error.
`NO_COLOR=1` and `TERM=dumb` turn colours and moving lines off.
"""


def _command(command: Command) -> str:
    parser = argparse.ArgumentParser(add_help=False)
    command.add_options(parser)
    answers = "".join(_answer(name, answer) for name, answer in command.answers.items())
    rows = [_option(action) for action in parser._actions]  # noqa: SLF001 - no public list of them
    example = f"```sh\nlocal-sagemaker {command.example}\n```"
    summary = f"{command.summary[0].upper()}{command.summary[1:]}."
    options = format_table(("option", "meaning"), rows)
    return f"\n## {command.name}\n\n{summary}\n\n{options}\n\n{example}{answers}"


_FORMS = {"object": "an object", "list": "a list of objects", "lines": "one object a line"}


def _answer(argument: str, answer: Answer) -> str:
    with_it = f" and `{argument}`" if argument else ""
    rows = list(_keys(answer.keys))
    table = format_table(("key", "type", "meaning"), rows)
    return f"\n\nWith `--json`{with_it}: {_FORMS[answer.form]}.\n\n{table}"


def _keys(keys: Sequence[Key], before: str = "") -> Iterator[tuple[str, str, str]]:
    for key in keys:
        yield f"`{before}{key.name}`", key.type.replace("|", " or "), key.meaning
        listed = "[]" if key.type.startswith("list") else ""
        yield from _keys(key.keys, f"{before}{key.name}{listed}.")


def _option(action: argparse.Action) -> tuple[str, str]:
    value = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    shown_value = "" if action.nargs == 0 else f" {value}"
    need = "required; " if action.required else ""
    meaning = (action.help or "") % {**vars(action), "prog": "local-sagemaker"}
    return f"`{', '.join(action.option_strings)}{shown_value}`".replace(
        "` ", "`"
    ), f"{need}{meaning}"


def _page(parts: Sequence[str]) -> str:
    note = "<!-- Generated by `python -m scripts.docs.reference`; change the code instead. -->\n"
    return "\n".join([note, *parts]) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
