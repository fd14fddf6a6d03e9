"""The page of the checks of `local-sagemaker conform`, from their registry."""

from collections.abc import Callable, Iterator, Sequence

from local_test.conformance.check import Check
from local_test.conformance.registry import GROUPS

HEAD = """# Container conformance: the checks of `local-sagemaker conform`

Does an image comply with the SageMaker container contract? `conform` trains any image on a small
sample or on data of yours, varies the job in ways the service allows, and reports every check as
kept, not kept, blocked (something before it failed) or not applicable. It exits 1 where a `must` is
not kept, with `--strict` where a `should` is not.

```sh
local-sagemaker conform xgboost --junit build/conform.xml
local-sagemaker conform ./my-program --engine process --train data/ --request record.csv
```

A small image that passes every check, and fails one on request, is in
`tests/contract/conformance/broken/`: it shows that each check can fail.

With `--next` a second image stands behind the first, as in a `PipelineModel`: it is trained on
what the first answers to the training data, or has the model of `--next-model`, and both are served
in one network.

```sh
local-sagemaker conform preprocessor --next xgboost
local-sagemaker conform IMAGE --next OTHER --next-model model.tar.gz --only 'C-06*'
```

An image that runs code of a model's archive should have a variable that forbids it. Name it with
`--code-switch`, or in the image's label `local-sagemaker.archive-code-switch`, as this project's
images do:

```sh
local-sagemaker conform IMAGE --code-switch ALLOW_CODE=false --only C-092
```

## Reports for CI

* `--junit FILE` writes JUnit XML, a test case for each check. Only a `must` that is not kept is a
  failure.
* `--sarif FILE` writes SARIF 2.1.0 for code scanning: a `must` that is not kept is an error, a
  `should` a warning. Results point at `--sarif-source FILE` of the repository, by default
  `Dockerfile`.
* `--report FILE` writes JSON: every check with its status and what was observed.
* `--badge FILE.svg` writes an image that says how many checks pass, green if the image conforms and
  red if not; `--badge FILE.json` writes the same for shields.io, which needs it at a public URL.

```sh
local-sagemaker conform IMAGE --sarif conform.sarif --junit conform.xml --badge conform.svg
```

Publish the badge with your pages and link it in a README:
`![SageMaker contract](https://example.com/conform.svg)`, or
`![SageMaker contract](https://img.shields.io/endpoint?url=https://example.com/conform.json)`.

## Numbers of the checks

The numbers are those of this project's list of the contract. Missing among them is what is the
platform's part and not an image's (C-074 and C-076 to C-080: batch transform; C-087 to C-090),
which the stories of `local-sagemaker` hold. On the engine `process` a program is looked at, not an
image: what needs the engine `docker` does not apply there.
"""


def format_tables(table: Callable[[Sequence[str], Sequence[Sequence[str]]], str]) -> Iterator[str]:
    """Return a heading and a table for each group of checks."""
    for title, checks in GROUPS:
        yield f"\n## {title}\n"
        yield table(
            ("id", "severity", "sentence", "what helps", "needs"), [_row(c) for c in checks]
        )


def _row(check: Check) -> tuple[str, ...]:
    needs = f"`{check.needs}`" if check.needs else ""
    return check.id, check.severity.value, check.sentence, check.remedy, needs
