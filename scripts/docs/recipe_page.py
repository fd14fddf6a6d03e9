"""The page about recipes: types, steps and options as the code declares them, examples as run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.recipe_fit import fit_recipe
from preprocessor.hyperparameters import NO_TARGET, SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.infer.type_inference import LEFT_OUT
from preprocessor.recipe import yaml_loader
from preprocessor.recipe.column_types import INTERACTIONS, TYPES, ColumnType
from preprocessor.recipe.number_format import OPTIONS
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.transforms.options import Option
from preprocessor.transforms.steps import STEPS, Step
from scripts.docs.markdown import format_table
from tandem.contract.hyperparameters import Mark, resolve_hyperparameters
from tandem.data.tables import Records
from tandem.help_text import format_default

Cells = Sequence[str | tuple[str, ...]]
# For each step a recipe, and the cells of its one column, or names and rows of several.
EXAMPLES: dict[str, tuple[str, Cells]] = {
    "flag": ("columns:\n  Alley: {type: number, impute: zero, flag: missing}", ("3", "NA", "5")),
    "impute": ("columns:\n  LotFrontage: {type: number, impute: median}", ("60", "NA", "80")),
    "clip": (
        "columns:\n  Price: {type: number, clip: {low: 0, high_quantile: 0.75}}",
        ("-5", "10", "20", "30", "900"),
    ),
    "log1p": ("columns:\n  LotArea: {type: number, log1p: true}", ("0", "99", "9999")),
    "scale": ("columns:\n  Rooms: {type: number, scale: robust}", ("1", "2", "3", "4", "90")),
    "bin": (
        "columns:\n  Age: {type: number, bin: {bins: 2, strategy: uniform, encode: onehot}}",
        ("1", "20", "60", "99"),
    ),
    "missing": (
        "columns:\n  Zone: {missing: most_frequent, onehot: true}",
        ("RL", "RM", "NA", "RL"),
    ),
    "rare": (
        "columns:\n  Zone: {rare: {min_count: 2}, ordinal: true}",
        ("RL", "RL", "RM", "FV", "NA", "NA"),
    ),
    "onehot": (
        "columns:\n  Zone: {onehot: {min_frequency: 2}}",
        ("RL", "RL", "RM", "FV", "NA", "NA"),
    ),
    "ordinal": ("columns:\n  Quality: ordinal", ("Gd", "Ex", "NA", "Gd")),
    "ordinal_by_target": (
        "target: Price\ncolumns:\n  Quality: ordinal_by_target",
        (("Quality", "Price"), ("Gd", "200"), ("Ex", "300"), ("Fa", "90"), ("Ex", "310")),
    ),
    "hash": (
        "columns:\n  Zone: {hash: {features: 3}}",
        ("RL", "RM", "FV", "RL"),
    ),
    "lower": (
        "columns:\n  Street: {type: category, lower: true}",
        ("Pave", "PAVE", "Grvl", "NA"),
    ),
    "product": (
        "interactions: [[Width, Length]]",
        (("Width", "Length"), ("3", "4"), ("2", "NA"), ("10", "0.5")),
    ),
    "cross": (
        "columns: {Zone: drop, Street: drop}\ninteractions:\n"
        "  - {columns: [Zone, Street], rare: {min_count: 2}}",
        (("Zone", "Street"), ("RL", "Pave"), ("RM", "Pave"), ("RL", "Pave"), ("RL", "NA")),
    ),
    "truth": ("columns:\n  CentralAir: boolean", ("Y", "no", "TRUE", "0", "perhaps", "NA")),
    "target_encode": (
        "target: Price\ncolumns:\n  Zone: {target_encode: {smooth: 1, folds: 2}}",
        (("Zone", "Price"), ("RL", "200"), ("RL", "220"), ("RM", "90"), ("FV", "130")),
    ),
    "transformer": (
        "columns:\n  Age:\n    type: number\n    transformer:\n"
        "      class: sklearn.preprocessing.Binarizer\n      parameters: {threshold: 18}",
        ("7", "18", "40"),
    ),
    "parse": (
        "columns:\n  Sold: {parse: {timezone: Europe/Berlin}, parts: [day, hour, minute]}",
        ("2024-07-31T23:30:00Z", "31 Jul 2024 23:30", "2024-02-30", "NA"),
    ),
    "parts": (
        "columns:\n  Sold: {parts: [year, week, weekday]}",
        ("2024-01-31", "2024-12-30", "NA"),
    ),
    "cycles": (
        "columns:\n  Sold: {parse: day first, cycles: month}",
        ("01/01/2024", "01/04/2024", "31/12/2024"),
    ),
    "since": (
        "columns:\n  Sold: {since: {reference: 2024-01-01, unit: days}}",
        ("2024-01-31", "2024-02-01 12:00", "2023-12-31"),
    ),
    "clean": (
        "columns:\n  Note:\n    clean: {letters_only: true, stop_words: english}\n"
        "    tfidf: {use_idf: false, norm: none}",
        ("The cat sat!", "A cat & 2 dogs"),
    ),
    "tfidf": (
        "columns:\n  Note: {tfidf: {min_df: 2, absent: zero}}",
        ("cat sat", "cat dog dog", "dog"),
    ),
    "hash_terms": (
        "columns:\n  Note: {hash_terms: {features: 4, norm: none}}",
        ("cat", "cat and dog", "NA"),
    ),
}

_HEAD = """# Recipe

What the preprocessor image does to each column. Without a recipe every column's type is inferred
and treated as is usual for the type; both are printed at the start of `train` and kept in
`recipe.json`. A recipe says what should be otherwise, in one of two ways:

* the hyperparameter `columns`, a JSON object: `{"MSSubClass": "category", "Id": "drop"}`;
* a file `recipe.yaml` or `recipe.json` in the channel `recipe`. Its keys are the
  [hyperparameters](reference/hyperparameters.md) of the image; its schema, for editors, is
  [recipe.schema.json](reference/recipe.schema.json). A hyperparameter of the job wins over the
  file; of `columns`, column by column.

```yaml
target: SalePrice
impute: median                # for every column that does not say otherwise
columns:
  MSSubClass: category        # a type: what is usual for it is done
  Quality: ordinal            # a step, with its defaults
  LotArea: {log1p: true, scale: standard}    # several; false switches one off
  GarageYrBlt: [number, {bin: {encode: onehot}}]    # several treatments, features for each
  Id: drop
```

A step's value is `true` for its defaults, a bare value for its first option, or an object of
options. A mistake is named with its file and place, and ends the job before anything is fitted.

## Types of column

The steps are done in this order, whatever the order in the recipe. A column inferred to be one of
{left_out} is left out, unless the recipe gives it a type. Steps that only one type has ask for that
type.

A column is inferred to be a `datetime` where every value is a date. `03/04/2024` is one only where
another value of the column, like `13/04/2024`, proves whether the day or the month comes first;
else the job ends and asks for `{"parse": "day first"}` or `{"parse": "month first"}`. Numbers are
never taken for dates unless `epoch` is set. Milliseconds are the finest that is kept.

A column of whole numbers, some of which begin with a zero (`00501`, `01`), holds codes and is
inferred to be a `category`; a target of such codes has classes. The log and "Worth a look" in the
report give the line that reads them as numbers.

Parquet and Arrow columns of timestamps, dates, times and durations are read as the texts that
pandas writes into a CSV file: `2024-01-31`, `2024-01-31 12:30:00`, with a time zone
`2024-01-31 12:30:00+01:00`, `12:30:00`, `0 days 12:30:00`. A pattern of `strptime` in the recipe
must read these. A nested column (a list, a struct, an object in JSON) is refused where the recipe
uses it, and ignored where it is in `drop`.

Words among numbers: a column with as many words as numbers, or more, is a `category` or a `text`.
In a column with more numbers than words the words are mistakes, and the job ends with the row of
the first one and the line that reads words as missing (`unparsable: missing`), or all as texts.
Only where the words are more than a tenth of the values and half of them or more have digits
(`17463`, `PC 17599`), the column is a `category`, with a line in the log.

A column of many long, different texts is inferred to be a `text`. Its terms are found and weighed
as scikit-learn's `TfidfVectorizer` does, and are as many as `max_features` says; see
[texts](texts.md).

Texts that differ in at least nine rows of ten, and are not long, make an `identifier`. A category
of more than `max_categories` (200) different texts has at most so many features, unless the column
asks for `onehot` itself: the rarest categories, and those of a single row, share `(other)`. With
`onehot: {absent: missing}` every category has a feature and rows stay [sparse](texts.md). The log
and the report's "Worth a look" name such columns, with what to write for another treatment.

A column is inferred to be a `boolean` where it holds `true` and `false`, `yes` and `no`, or `t` and
`f`, in any case, and nothing else. `0` and `1` are numbers, which is the same feature; `Y` and `N`
are a category: both are read as true and false where the recipe says `boolean`.

## Blanks and letter case

Blanks around texts, class names and column names are stripped, in training and in requests of every
format: ` No` is `No`, and ` Smoker` in a JSON object is the column `Smoker`. The log names the
columns that had any. `strip_blanks: false` keeps them around texts and class names.

Numbers and booleans have one spelling in a `category`, in the classes of the target, and in columns
that are crossed, so that a row means the same in every format. It is that of the category in the
features' names and in `recipe.json`; classes keep the names they have in the training data.

| sent as | is the category |
| --- | --- |
| `3`, `3.0`, `3.000e+00`, the JSON or Parquet number 3 | `3` |
| `1e16`, `1e+16`, `1.0E16` | `10000000000000000` |
| `true`, `True`, `TRUE`, the JSON or Parquet value true | `true` |
| `1.10`, `007`, `+3`, `2E3`, `yes`, `1` | the text as it is: a version, a code, a word |

A code with leading zeros must be sent as a text: the number 501 is not `00501`. Artifacts of
version 0.1.0 take the text as it is.

Letter case is kept: `Yes` and `YES` are two categories, and two classes. Where that occurs, the log
and "Worth a look" say so. The step `lower` makes them one in a column, `target_lower: true` in the
target.
"""
_FORMATS = """
## Number formats

`format` says how a column writes its numbers, where that is not in plain digits. The column is then
a `number`, in training and in serving, in every content type.

```yaml
columns:
  Price: {format: {prefix: $, thousands: ",", parentheses: true}}    # $1,234.50 and ($5)
  Preis: {format: {suffix: €, thousands: ., decimal: ","}}           # 1.234,50 €
  Rate: {format: {percent: true}, unparsable: missing}               # 12.5%
  Weight: {format: {suffix: kg}, scale: standard}                    # 50 kg
  Elapsed: {format: {duration: m:ss}}                                # 1:05, 1:02:03
```

Formats are also inferred: a column of numbers with a currency, a unit, `%`, separators,
parentheses or colons is a `number`, and the log and "Worth a look" in the report give the line that
declares its format. `1,234` alone is taken for 1234. `1:05` is hours and minutes where no value has
more than 23 hours, and minutes and seconds beside values like `1:02:03`. Values in different units
(`5 kg`, `7 lb`) are a `category`, which the report says too.

A number without prefix, suffix or separators is read too. What a format gives as a number, as JSON,
Parquet and NPY do, is that number: 1.234 is not 1234 where a point divides thousands (the text
`"1.234"` is). Percentages and durations must be texts. A cell in another format is what the policy
`unparsable` says: an error with its row, or missing.
"""
_INTERACTIONS = """
## Interactions

`interactions` puts columns together, beside what is done to each by itself: each item is a list of
columns, or an object of `columns` and steps. Numbers are multiplied, categories and booleans
crossed. A column that is dropped, or left out, may still be one of them, and is then read.
"""
_FOOT = """
## Rows without a target

A training row whose target is missing (the empty cell, what `missing_values` names, and `nan` where
the target is a number) ends the fit, with the count of such rows and the place of the first.
`missing_target: leave_out` fits to the others alone, as if such rows were not there; the log, the
report and `left_out` in `recipe.json` count them. `missing_target: keep` fits to them too. The
labelled transform answers an empty label for such a row; xgboost's hyperparameter `missing_target`
says how it is handled there.

## Steps that learn from the target

`target_encode` and `ordinal_by_target` need the target in every row of the fit, and learn what the
booster learns: its logarithm with `target_scale: log1p`, of two classes 0 and 1. A category's mean
holds the label of each of its rows, so the training rows' own features must not be made with it: a
row of the training data that is sent *with its label*, as for training a booster, is given what
was learnt from the other folds. Send the same file that the transform was fitted to. Any other
row, and a training row without its label, is given what was learnt from all rows. The artifact
knows the training rows by a hash of 8 bytes each, `training_rows.npy`; nothing else of them.

## Weights

`weight` names a column of row weights. It is no feature. `scale: standard` and `bin` (but not of
one width) are fitted with it, as scikit-learn's estimators take it, and the other steps are not. A
record with label and weight is answered label, weight, features: what the xgboost image reads with
`csv_weights=1`, from CSV, Parquet, NPY and JSON alike; recordio-protobuf has no place for a weight.
A record with a label and without a weight is refused, so that no feature is taken for one. Rows
without names may leave the label out, or both.

## What serves

`train` fits a plain scikit-learn `ColumnTransformer`, and reads from it a plan of arrays and
lookups that serves without pandas and scikit-learn. Each block of columns is compared, bit for bit,
on all training rows and on hostile ones. A block without a plan, or with a different one, is
served by the fitted scikit-learn object itself, from a skops file of known types, with a warning.
[Transformers of your own](own-transformers.md) are always served that way. Each column's
[policies](policies.md) define how unseen values are handled.
"""


def build_page() -> str:
    """Return the page."""
    rows = [_row(kind) for kind in TYPES.values()]
    left_out = ", ".join(f"`{name}`" for name in LEFT_OUT)
    parts = [
        _HEAD.replace("{left_out}", left_out),
        format_table(("type", "meaning", "steps"), rows),
        _FORMATS,
        format_table(("option", "kind", "default", "meaning"), [_option(each) for each in OPTIONS]),
        _INTERACTIONS,
        format_table(("type", "meaning", "steps"), [_row(kind) for kind in INTERACTIONS.values()]),
        "\n## Steps",
        *map(_step, STEPS.values()),
        _FOOT,
    ]
    return "\n".join(parts)


def _row(kind: ColumnType) -> tuple[str, ...]:
    return f"`{kind.name}`", kind.sentence, ", ".join(f"`{step}`" for step in kind.steps)


def _step(step: Step) -> str:
    kinds = (TYPES | INTERACTIONS).values()
    types = ", ".join(f"`{kind.name}`" for kind in kinds if step.name in kind.steps)
    options = [_option(option) for option in step.options]
    declared = (
        format_table(("option", "kind", "default", "meaning"), options) + "\n\n" if options else ""
    )
    recipe, cells = EXAMPLES[step.name]
    names, rows = render_example(recipe, cells)
    made = format_table(names, rows)
    return (
        f"\n### {step.name}\n\n{step.sentence} For type {types}.\n\n{declared}"
        f"```yaml\n{recipe}\n```\n\n{made}"
    )


def _option(option: Option[Any]) -> tuple[str, ...]:
    required = isinstance(option.default, Mark)
    shown_as = "required" if required else f"`{format_default(option.default)}`"
    default = "none" if option.default is None else shown_as
    return f"`{option.name}`", option.kind.name, default, option.sentence


def render_example(recipe: str, cells: Cells) -> tuple[list[str], list[list[str]]]:
    """Fit a recipe to raw cells; gives a head, and each row beside the features it is served as."""
    content = {"target": NO_TARGET, **yaml_loader.load_yaml(recipe.encode())}
    rows = [(cell,) if isinstance(cell, str) else cell for cell in cells]
    if isinstance(cells[0], str):
        rows.insert(0, tuple(content["columns"]))
    names, *rows = rows
    records = Records(rows, names)
    decided = build_recipe(
        ChannelRecords(names, (records,)),
        merge_request(resolve_hyperparameters(SCHEMA, {}), content),
    )
    training = decided.build_schema().to_table(records)
    done = fit_recipe(decided, training)
    features = done.plan.apply(replace(training, label=None)).tolist()
    shown_rows = [
        [*row, *(f"{value:.5g}" for value in made)]
        for row, made in zip(rows, features, strict=True)
    ]
    head = [*(f"{name}, raw" for name in names), *(f"`{name}`" for name in done.recipe.features)]
    return head, shown_rows
