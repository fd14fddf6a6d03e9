"""A record sent to a variant that serves the model, and the explanations of its prediction.

The model's own attributions are asked for by the custom attribute `output=explanation`, which
Tandem's images answer, and those of an endpoint's explainer by EnableExplanations.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.endpoints.explained.explainer import ENABLE_EXPLANATIONS
from local_test.endpoints.multi_model import TARGET_MODEL
from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.explainer_config import EXPLAINER, read_clarify
from local_test.service.resources.model_pages.bars import Bar, draw_bars
from local_test.service.resources.model_pages.serving_variants import ServingVariant

_CSV, _JSON_LINES = "text/csv", "application/jsonlines"
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_OWN = {_ATTRIBUTES: "output=explanation"}
_ALWAYS, _NEVER = "`true`", "`false`"


@dataclass(frozen=True)
class TypedRecord:
    """One record: cells by raw column, or else a line of CSV; and the model's archive, if any.

    An empty cell is a missing value.
    """

    cells: Mapping[str, str]
    line: str = ""
    target: str = ""

    def to_json_line(self) -> bytes:
        """Return the cells as a line of JSON."""
        cells = {name: text or None for name, text in self.cells.items()}
        return json.dumps(cells, ensure_ascii=False).encode() + b"\n"

    def to_csv_line(self, columns: Sequence[str]) -> bytes:
        """Return the cells of columns as a line of CSV, or the line that was typed in."""
        if not self.cells:
            return self.line.strip().encode() + b"\n"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(
            [self.cells.get(name, "") for name in columns]
        )
        return text.getvalue().encode()


@dataclass(frozen=True)
class RecordExplanation:
    """The attributions of one prediction, which add up with `base` to `total` in `unit`."""

    method: str
    prediction: str
    unit: str
    base: str
    total: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class ExplainedRecord:
    """What a variant answered; `problems` say why a kind of explanation is missing."""

    endpoint: str
    explanations: Sequence[RecordExplanation]
    problems: Sequence[str]


class _Refused(LocalError):
    """A request to the variant failed, or its answer has no attributions."""


def explain_record(
    backend: Backend, region: str, chosen: ServingVariant, record: TypedRecord
) -> ExplainedRecord:
    """Send a record to a variant, once for each kind of explanation that it may answer.

    A kind that it does not answer becomes a problem.
    """
    asked = [_explain_by_model, _explain_by_explainer]
    found: list[RecordExplanation] = []
    problems = []
    for explain in asked[: 1 if chosen.explainer is None else 2]:
        try:
            found.append(explain(backend, region, chosen, record))
        except ApiError as error:
            problems.append(error.message)
        except LocalError as error:
            problems.append(str(error))
    if chosen.explainer is None and not found:
        problems.append(
            f"Endpoint {chosen.endpoint} has no ExplainerConfig. Deploy the model with one, and"
            " any image is explained by Kernel SHAP."
        )
    return ExplainedRecord(chosen.endpoint, found, problems)


def _explain_by_model(
    backend: Backend, region: str, chosen: ServingVariant, record: TypedRecord
) -> RecordExplanation:
    headers = _OWN if chosen.explainer is None else _OWN | {ENABLE_EXPLANATIONS: _NEVER}
    content = _parse(_ask(backend, region, chosen, record, (_JSON_LINES, headers)))
    if chosen.explainer is not None:
        content = _parse(str(content["predictions"]["data"]))
    attributions = content.get("attributions")
    if not isinstance(attributions, dict):
        raise _Refused(
            "No attributions of the model's own: output=explanation. Only Tandem's images"
            " answer them."
        )
    outputs = {name: _list(value) for name, value in attributions.items()}
    bases = _list(content.get("base_value"))
    place = _find_largest(
        [base + sum(values[each] for values in outputs.values()) for each, base in enumerate(bases)]
    )
    numbers = {name: float(values[place]) for name, values in outputs.items()}
    return RecordExplanation(
        method="Exact TreeSHAP, from the model",
        prediction=_format_value(content.get("score")),
        unit=str(content.get("attribution_unit", "margin")),
        base=f"{bases[place]:.6g}",
        total=f"{bases[place] + sum(numbers.values()):.6g}",
        bars=draw_bars(numbers, record.cells, form="+.4g"),
    )


def _explain_by_explainer(
    backend: Backend, region: str, chosen: ServingVariant, record: TypedRecord
) -> RecordExplanation:
    clarify = _read_clarify(chosen)
    inference = clarify.get("InferenceConfig", {})
    by_path = "ProbabilityAttribute" in inference or "LabelAttribute" in inference
    accept = _JSON_LINES if by_path else _CSV
    content = _parse(
        _ask(backend, region, chosen, record, (accept, {ENABLE_EXPLANATIONS: _ALWAYS}))
    )
    (features,) = content["explanations"]["kernel_shap"]
    names = _list_columns(chosen, record)
    outputs = {
        one.get("feature_header") or (names[place] if names else str(place)): list(
            one["attributions"][0]["attribution"]
        )
        for place, one in enumerate(features)
    }
    totals = [sum(values) for values in zip(*outputs.values(), strict=True)]
    place = _find_largest(totals)
    numbers = {name: float(values[place]) for name, values in outputs.items()}
    return RecordExplanation(
        method="Kernel SHAP, from the endpoint's explainer",
        prediction=str(content["predictions"]["data"]).strip(),
        unit="log-odds" if clarify["ShapConfig"].get("UseLogit") else "score",
        base="",
        total=f"{totals[place]:.6g}",
        bars=draw_bars(numbers, record.cells, form="+.4g"),
    )


def _ask(
    backend: Backend,
    region: str,
    chosen: ServingVariant,
    record: TypedRecord,
    asked: tuple[str, Mapping[str, str]],
) -> str:
    """Return the answer to a record; `asked` is the content type of the answer, and headers.

    Raises _Refused when the containers answer an error, and ApiError when none is in service.
    """
    accept, headers = asked
    if record.cells and chosen.explainer is None:
        body, content_type = record.to_json_line(), _JSON_LINES
    else:  # an explainer reads lines of cells
        body, content_type = record.to_csv_line(_list_columns(chosen, record)), _CSV
    sent = {**headers, **({TARGET_MODEL: record.target} if record.target else {})}
    running = backend.running_endpoints
    with running.reserve(region, chosen.endpoint, chosen.variant) as (_, instance):
        answer = instance.endpoint.invoke(body, content_type, accept, sent)
    if not answer.ok:
        raise _Refused(answer.error)
    return answer.body.decode("utf-8", errors="replace")


def _list_columns(chosen: ServingVariant, record: TypedRecord) -> Sequence[str]:
    """Return the columns that an explainer reads, in its order: its own names or the record's."""
    clarify = {} if chosen.explainer is None else _read_clarify(chosen)
    headers = clarify.get("InferenceConfig", {}).get("FeatureHeaders")
    return list(headers or record.cells)


def _read_clarify(chosen: ServingVariant) -> dict[str, Any]:
    return read_clarify({EXPLAINER: chosen.explainer})


def _parse(text: str) -> dict[str, Any]:
    """Return the first JSON object of a text, {} where there is none."""
    try:
        content = json.loads(text.strip().partition("\n")[0])
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _find_largest(numbers: Sequence[float]) -> int:
    return max(range(len(numbers)), key=lambda place: numbers[place])


def _format_value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
