"""Versions of a pipeline: each definition that CreatePipeline or UpdatePipeline has kept.

Source: API, ListPipelineVersions and UpdatePipelineVersion; of aliases CreatePipeline: they are
unique within a pipeline, no numbers, and at most 10 a version.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate
from local_test.service.resources.pipelines.resource import PIPELINE, find_pipeline
from local_test.service.storage.records import Record

_ID = "PipelineVersionId"
_DEFINITION = "PipelineDefinition"
_ALIAS, _ALIASES = "PipelineVersionAlias", "PipelineVersionAliases"
_MOST_ALIASES = 10


def _make_key(record: Record) -> str:
    return f"{record[PIPELINE.name_field]}/{record[_ID]:08}"


VERSION = ResourceType(
    "PipelineVersion",
    "pipeline-version",
    "PipelineVersionSummaries",
    "pipeline version",
    tagged=False,
    find_key=_make_key,
)


def add_version(
    backend: Backend, region: str, pipeline: Record, aliases: Sequence[str] = ()
) -> int:
    """Keep the definition of a pipeline as its next version, and return the version's number.

    The caller holds the lock and has checked the aliases.
    """
    number = int(pipeline.get("LastVersionId", 0)) + 1
    name, arn = pipeline[PIPELINE.name_field], pipeline[PIPELINE.arn_field]
    record = {
        _ID: number,
        PIPELINE.name_field: name,
        PIPELINE.arn_field: arn,
        VERSION.arn_field: f"{arn}/version/{number}",
        "CreationTime": now(),
        _DEFINITION: pipeline[_DEFINITION],
        _ALIASES: list(aliases),
    }
    backend.records.add(VERSION, region, _make_key(record), record)
    backend.records.update(PIPELINE, region, name, LastVersionId=number)
    return number


def find_version(backend: Backend, region: str, pipeline: Record, number: int) -> Record:
    """Return a version of a pipeline. Raises ApiError when it does not exist."""
    key = _make_key({PIPELINE.name_field: pipeline[PIPELINE.name_field], _ID: number})
    try:
        return backend.records.get(VERSION, region, key)
    except ApiError as error:
        arn = pipeline[PIPELINE.arn_field]
        raise ApiError(
            "ResourceNotFound", f"Pipeline '{arn}' has no version {number}: {_ID}."
        ) from error


def check_aliases(
    backend: Backend, region: str, pipeline: Record | None, aliases: Sequence[str]
) -> None:
    """Raise ApiError when a version cannot have these aliases more than it has.

    `pipeline` is None where it is about to be created.
    """
    for alias in aliases:
        if alias.isdecimal():
            raise invalid(f"An alias cannot consist of digits only: {alias}. Use a name.")
        version = None if pipeline is None else _find_alias(backend, region, pipeline, alias)
        if version is not None:
            raise ApiError(
                "ConflictException",
                f"The alias {alias} is of version {version[_ID]}."
                " Remove it from that version first.",
            )
    if len(set(aliases)) < len(aliases):
        raise invalid(f"An alias is named twice: {', '.join(aliases)}.")


def _find_alias(backend: Backend, region: str, pipeline: Record, alias: str) -> Record | None:
    for number in range(1, int(pipeline.get("LastVersionId", 0)) + 1):
        version = find_version(backend, region, pipeline, number)
        if alias in version.get(_ALIASES, ()):
            return version
    return None


def _read_number(backend: Backend, call: ApiCall, pipeline: Record) -> int | None:
    """Return the number of the version that a request names by number or alias, if any."""
    number, alias = call.request.get(_ID), call.request.get(_ALIAS)
    if alias is None:
        return None if number is None else int(number)
    if number is not None:
        raise invalid(f"Give {_ID} or {_ALIAS}, not both.")
    version = _find_alias(backend, call.region, pipeline, alias)
    if version is None:
        arn = pipeline[PIPELINE.arn_field]
        raise ApiError("ResourceNotFound", f"Pipeline '{arn}' has no alias {alias}: {_ALIAS}.")
    return int(version[_ID])


def select_version(backend: Backend, call: ApiCall, pipeline: Record) -> Record:
    """Return a pipeline with the definition of the version that a request names, if it does."""
    number = _read_number(backend, call, pipeline)
    if number is None:
        latest = pipeline.get("LastVersionId")
        if latest is None:  # of a pipeline that an earlier release has kept
            return pipeline | {_ID: None}
        aliases = find_version(backend, call.region, pipeline, latest).get(_ALIASES, [])
        return pipeline | {_ID: latest, _ALIASES: aliases}
    version = find_version(backend, call.region, pipeline, number)
    named = {field: value for field, value in version.items() if field in _NAMES}
    return pipeline | named | {_DEFINITION: version[_DEFINITION], _ID: number}


_NAMES = ("PipelineVersionDisplayName", "PipelineVersionDescription", _ALIASES)


def remove_versions(backend: Backend, region: str, pipeline: Record) -> None:
    """Remove all versions of a pipeline."""
    for number in range(1, int(pipeline.get("LastVersionId", 0)) + 1):
        key = _make_key({PIPELINE.name_field: pipeline[PIPELINE.name_field], _ID: number})
        backend.records.remove(VERSION, region, key)


def enter_execution(backend: Backend, region: str, pipeline: Record, arn: str) -> None:
    """Enter the last execution of the version that `select_version` returned."""
    if pipeline[_ID] is not None:
        changes: dict[str, Any] = {"LastExecutionPipelineExecutionArn": arn}
        backend.records.update(VERSION, region, _make_key(pipeline), **changes)


def _list(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call.region, call.request[PIPELINE.name_field])
    chosen, token = paginate(
        backend.records,
        VERSION,
        call.region,
        call.request,
        related=(PIPELINE.arn_field, pipeline[PIPELINE.arn_field]),
    )
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {VERSION.list_field: summaries} | ({"NextToken": token} if token else {})


def _update(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call.region, call.request[PIPELINE.arn_field])
    changes = {name: call.request[name] for name in _NAMES if name in call.request}
    with backend.records.lock():
        version = find_version(backend, call.region, pipeline, call.request[_ID])
        if operations := call.request.get("PipelineVersionAliasOperations"):
            changes[_ALIASES] = _change_aliases(backend, call, pipeline, version, operations)
        backend.records.update(VERSION, call.region, _make_key(version), **changes)
    return {PIPELINE.arn_field: pipeline[PIPELINE.arn_field], _ID: version[_ID]}


def _change_aliases(
    backend: Backend,
    call: ApiCall,
    pipeline: Record,
    version: Record,
    operations: Mapping[str, Sequence[str]],
) -> list[str]:
    """Return the aliases of a version after its aliases were removed and added."""
    removed, added = operations.get("Remove") or (), operations.get("Add") or ()
    stored = version.get(_ALIASES, [])
    if missing := [alias for alias in removed if alias not in stored]:
        raise invalid(f"Version {version[_ID]} has no alias {missing[0]}. Name one that it has.")
    left = [alias for alias in stored if alias not in removed]
    check_aliases(backend, call.region, pipeline, [alias for alias in added if alias not in stored])
    aliases = [*left, *(alias for alias in added if alias not in left)]
    if len(aliases) > _MOST_ALIASES:
        raise invalid(f"A version has at most {_MOST_ALIASES} aliases. Remove one first.")
    return aliases


OPERATIONS: Operations = {"ListPipelineVersions": _list, "UpdatePipelineVersion": _update}
