"""What the functions of a stack's template see: parameters, names and attributes of resources."""

import re
from secrets import choice

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.resources.stacks.template.evaluation import Evaluation
from local_test.service.resources.stacks.template.parameters import convert_parameters
from local_test.service.resources.stacks.template.template import Template
from local_test.service.storage.records import Record

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def make_evaluation(record: Record, region: str, template: Template) -> Evaluation:
    """Return the values that the functions of a stack's template can refer to."""
    pseudo = {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": record["StackId"],
        "AWS::StackName": record["StackName"],
        "AWS::URLSuffix": "amazonaws.com",
    }
    there = {name: one for name, one in record["Resources"].items() if "Attributes" in one}
    references = {name: one["PhysicalResourceId"] for name, one in there.items()}
    parameters = convert_parameters(template.parameters, record["Texts"])
    return Evaluation(
        {**pseudo, **parameters, **references},
        {name: one["Attributes"] for name, one in there.items()},
        template.conditions,
        template.mappings,
    )


def make_name(stack: str, logical: str, longest: int) -> str:
    """Return a new name of at most `longest` characters: stack, resource and random letters."""
    random = "".join(choice(_LETTERS) for _ in range(12))
    whole = re.sub(r"[^A-Za-z0-9-]", "-", f"{stack}-{logical}")
    return f"{whole[: longest - 13].strip('-')}-{random}"


def list_outputs(record: Record, region: str, template: Template) -> list[Record]:
    """Return the outputs of a stack. Raises TemplateError when one cannot be evaluated."""
    evaluation = make_evaluation(record, region, template)
    outputs = []
    for name, output in template.outputs.items():
        condition = output.get("Condition")
        if condition is None or evaluation.holds(condition):
            value = evaluation.evaluate(output["Value"])
            entry = {"OutputKey": name, "OutputValue": str(value)}
            described = output.get("Description")
            outputs.append(entry | ({"Description": str(described)} if described else {}))
    return outputs
