"""The schema of a model card's content, and of the simpler content of a model package's card.

Source: Developer Guide, 'Model card JSON schema'; the SDK's classes in `sagemaker.model_card` have
the same fields and limits. A model package's card has no `model_package_details`, and of the
overview the parts that the package itself does not say.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def _text(longest: int | None = 1024) -> Schema:
    return {"type": "string"} | ({} if longest is None else {"maxLength": longest})


def _list(items: Schema, longest: int | None = None, shortest: int = 0) -> Schema:
    limits = {} if longest is None else {"maxItems": longest}
    return {"type": "array", "items": items, "minItems": shortest, **limits}


def _object(fields: Schema, required: tuple[str, ...] = (), *, open_ended: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": open_ended,
    }


def _one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def _texts(*names: str, longest: int | None = 1024) -> Schema:
    return {name: _text(longest) for name in names}


# Patterns of the published schema, which have no end: a longer name fits too, and SDKs write such.
_NAME = {"type": "string", "pattern": ".{1,255}"}
_GROUP_NAME = {"type": "string", "pattern": ".{1,63}"}
_AXIS = _text(63)
_NUMBERS = _list({"type": "number"}, shortest=1)


def _metric(types: Schema, value: Schema, x_axis: Schema, y_axis: Schema) -> Schema:
    fields = {"name": _NAME, "notes": _text(), "type": types, "value": value}
    return _object(
        fields | {"x_axis_name": x_axis, "y_axis_name": y_axis}, ("name", "type", "value")
    )


def _simple(kind: str, value: Schema) -> Schema:
    return _metric(_one_of(kind), value, _AXIS, _AXIS)


METRICS: Mapping[str, Schema] = {
    "number": _simple("number", {"type": "number"}),
    "string": _simple("string", _text(63)),
    "boolean": _simple("boolean", {"type": "boolean"}),
    "linear_graph": _metric(
        _one_of("linear_graph"),
        _list(_list({"type": "number"}, 2, 2), shortest=1),
        _AXIS,
        _AXIS,
    ),
    "bar_chart": _metric(_one_of("bar_chart"), _NUMBERS, _list(_AXIS), _AXIS),
    "matrix": _metric(
        _one_of("matrix"),
        _list(_list({"type": "number"}, 20, 1), 20, 1),
        _list(_AXIS),
        _list(_AXIS),
    ),
}
"""The schema of a metric of an evaluation by its type."""

_IMAGES = _object({"container_image": _list(_text(), 15)})
_TRAINING_METRIC = _object(
    {"name": _NAME, "notes": _text(), "value": {"type": "number"}}, ("name", "value")
)
_HYPER_PARAMETER = _object({"name": _NAME, "value": _text(255)}, ("name",))
_EVALUATION = _object(
    {
        "name": _GROUP_NAME,
        "evaluation_observation": _text(2096),
        "evaluation_job_arn": _text(256),
        "datasets": _list(_text(), 10),
        "metadata": {"type": "object", "additionalProperties": _text()},
        "metric_groups": _list(
            _object(
                {
                    "name": _GROUP_NAME,
                    "metric_data": _list(
                        {
                            "type": "object",
                            "required": ["type"],
                            "properties": {"type": _one_of(*METRICS)},
                            "allOf": [
                                {
                                    "if": {"properties": {"type": {"const": kind}}},
                                    "then": schema,
                                }
                                for kind, schema in METRICS.items()
                            ],
                        }
                    ),
                },
                ("name", "metric_data"),
                open_ended=True,
            )
        ),
    },
    ("name",),
)
_TRAINING = _object(
    {
        "objective_function": _object(
            {
                "function": _object(
                    {"function": _one_of("Maximize", "Minimize")}
                    | _texts("facet", "condition", longest=63)
                ),
                "notes": _text(),
            }
        ),
        "training_observations": _text(),
        "training_job_details": _object(
            {
                "training_arn": _text(),
                "training_datasets": _list(_text(), 15),
                "training_environment": _IMAGES,
                "training_metrics": _list(_TRAINING_METRIC, 50),
                "user_provided_training_metrics": _list(_TRAINING_METRIC, 50),
                "hyper_parameters": _list(_HYPER_PARAMETER, 100),
                "user_provided_hyper_parameters": _list(_HYPER_PARAMETER, 100),
            }
        ),
    }
)
_USES = _object(
    _texts(
        "purpose_of_model",
        "intended_uses",
        "factors_affecting_model_efficiency",
        "explanations_for_risk_rating",
        longest=2048,
    )
    | {"risk_rating": _one_of("High", "Medium", "Low", "Unknown")}
)
_BUSINESS = _object(
    _texts("business_problem", "business_stakeholders", "line_of_business", longest=2048)
)
_ADDITIONAL = _object(
    _texts("ethical_considerations", "caveats_and_recommendations", longest=2048)
    | {"custom_details": {"type": "object", "additionalProperties": _text()}}
)
_OVERVIEW = _texts("model_description", "model_creator", "algorithm_type", "model_owner") | {
    "problem_type": _text(None),
    "model_artifact": _list(_text(), 15),
}
_CONTAINER = _object(
    {"image": _text(255), "model_data_url": _text(), "nearest_model_name": _text(None)}, ("image",)
)
_PACKAGE = _object(
    _texts(
        "model_package_arn",
        "model_package_description",
        "model_package_status",
        "model_approval_status",
        "approval_description",
        "model_package_group_name",
        "model_package_name",
        "domain",
        "task",
    )
    | {
        "model_package_version": {"type": "number", "minimum": 1},
        "created_by": _object({"user_profile_name": _text(63)}),
        "source_algorithms": _list(
            _object({"algorithm_name": _text(170), "model_data_url": _text()}, ("algorithm_name",)),
            15,
        ),
        "inference_specification": _object(
            {"containers": _list(_CONTAINER, 15, 1)}, ("containers",)
        ),
    }
)
_SHARED = {
    "intended_uses": _USES,
    "business_details": _BUSINESS,
    "training_details": _TRAINING,
    "evaluation_details": _list(_EVALUATION),
    "additional_information": _ADDITIONAL,
}
CARD_SCHEMA = _object(
    _SHARED
    | {
        "model_overview": _object(
            _OVERVIEW
            | _texts("model_id", "model_name")
            | {"model_version": {"type": "number", "minimum": 1}, "inference_environment": _IMAGES}
        ),
        "model_package_details": _PACKAGE,
    }
)
"""The schema of a model card."""

PACKAGE_CARD_SCHEMA = _object(_SHARED | {"model_overview": _object(_OVERVIEW)})
"""The schema of the card of a model package."""
