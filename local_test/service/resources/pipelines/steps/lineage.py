"""Steps that write lineage: actions, artifacts, contexts and the associations between entities.

Source: the SDK 3, `sagemaker.train.evaluate.pipeline_templates`: arguments of Lineage steps; the
API, LineageMetadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.pipelines.steps.step_kind import EndedStep, StepContext, StepEnd
from local_test.service.storage.records import Record

_ENTITIES = ("Action", "Artifact", "Context")
_ARGUMENTS = {*(f"{entity}s" for entity in _ENTITIES), "Associations"}


@dataclass(frozen=True)
class _LineageStep:
    """The kind of step that writes lineage."""

    cached: bool = False
    repeatable: bool = False
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Raise ApiError when the arguments have what is no part of lineage."""
        for name in sorted(step.get("Arguments", {}).keys() - _ARGUMENTS):
            raise invalid(
                f"unknown argument {name}: step {step['Name']}."
                f" Use {', '.join(sorted(_ARGUMENTS))}."
            )

    def start(self, context: StepContext) -> EndedStep:
        """Create the entities, then the associations."""
        arguments = context.resolve(dict(context.arguments))
        made = {
            entity: _create_entities(context.client, entity, arguments.get(f"{entity}s", ()))
            for entity in _ENTITIES
        }
        written = [
            _associate(context.client, made, association)
            for association in arguments.get("Associations", ())
        ]
        metadata: Record = {f"{entity}Arns": arns for entity, arns in made.items() if arns}
        metadata |= {"Associations": written} if written else {}
        return self.resume(context, {"Lineage": metadata})

    def resume(self, _context: StepContext, metadata: Record) -> EndedStep:
        """Return the step, which has ended."""
        return EndedStep(metadata, StepEnd("Succeeded", metadata["Lineage"]))


def _create_entities(client: Any, entity: str, requests: list[Record]) -> dict[str, str]:
    """Create entities of a type and return their ARNs by name, or by source without one."""
    create = getattr(client, f"create_{entity.lower()}")
    return {
        str(request.get(f"{entity}Name", request["Source"]["SourceUri"])): str(
            create(**request)[f"{entity}Arn"]
        )
        for request in requests
    }


def _associate(
    client: Any, made: Mapping[str, Mapping[str, str]], association: Record
) -> dict[str, str]:
    ends = {
        f"{end}Arn": _find_arn(client, made, association[end]) for end in ("Source", "Destination")
    }
    kind = {name: association[name] for name in ("AssociationType",) if name in association}
    client.add_association(**ends, **kind)
    return ends


def _find_arn(client: Any, made: Mapping[str, Mapping[str, str]], end: Record) -> str:
    """Return the ARN of an entity that is given by its ARN, or by its name and its type."""
    if "Arn" in end:
        return str(end["Arn"])
    entity, name = str(end.get("Type")), str(end.get("Name"))
    if entity not in _ENTITIES:
        raise invalid(f"{entity} is no type of lineage entity. Use {', '.join(_ENTITIES)}.")
    if name in made[entity]:
        return made[entity][name]
    if entity == "Artifact":
        raise invalid(f"artifact {name} is not of this step. Name it by its ARN.")
    described = getattr(client, f"describe_{entity.lower()}")(**{f"{entity}Name": name})
    return str(described[f"{entity}Arn"])


LINEAGE = _LineageStep()
