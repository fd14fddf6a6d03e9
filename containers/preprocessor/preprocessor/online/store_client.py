"""Records of a feature store by identifier: BatchGetRecord, with a bound in time and a cache.

Source: Amazon SageMaker Feature Store Runtime API, BatchGetRecord; AWS SDKs and Tools Reference
Guide, 'Service-specific endpoints', for the variables that name the address.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tandem.aws.signed_client import RequestFailedError, ServiceAddress, SignedClient

_PATH = "/BatchGetRecord"
# A request has at most so many identifiers of a group, and so many groups.
_IDENTIFIERS, _GROUPS = 100, 10
_MOST_CACHED = 50_000
_PAUSE_SECONDS = 0.01
_REGION = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):")
_VARIABLES = ("AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME", "AWS_ENDPOINT_URL")

Values = Mapping[str, str]
"""The features of a record by name; one without a value is not there."""


class StoreFailedError(Exception):
    """The store did not answer in time, or answered with an error."""


class IdentifierRefusedError(Exception):
    """The store refuses an identifier; `identifier` is its text."""

    def __init__(self, sentence: str, identifier: str) -> None:
        super().__init__(sentence)
        self.identifier = identifier


@dataclass(frozen=True)
class RecordQuery:
    """Features of a group to be fetched of some records."""

    group: str
    features: tuple[str, ...]
    identifiers: tuple[str, ...]
    cache_seconds: int = 0


@dataclass
class FeatureStoreClient:
    """Fetches records; thread-safe. `variables` are those of the AWS SDKs."""

    variables: Mapping[str, str]
    _clients: dict[str, SignedClient] = field(default_factory=dict)
    _cache: dict[tuple[str, tuple[str, ...], str], tuple[float, Values | None]] = field(
        default_factory=dict
    )

    def fetch(
        self, queries: Sequence[RecordQuery], seconds: float
    ) -> list[dict[str, Values | None]]:
        """Return the records of each query by identifier, None for one that is not there.

        Each call of the store, of at most 100 identifiers, has so many seconds. Raises
        StoreFailedError and IdentifierRefusedError.
        """
        found = [self._read_cache(query) for query in queries]
        open_ids = [
            [one for one in dict.fromkeys(query.identifiers) if one not in known]
            for query, known in zip(queries, found, strict=True)
        ]
        for call in _split(open_ids):
            for region, parts in _group_by_region(queries, call).items():
                self._fetch_part(region, queries, parts, found, seconds)
        return found

    def _fetch_part(
        self,
        region: str,
        queries: Sequence[RecordQuery],
        parts: Mapping[int, Sequence[str]],
        found: Sequence[dict[str, Values | None]],
        seconds: float,
    ) -> None:
        """Fetch these identifiers of these queries in one call, and keep them in `found`."""
        asked: list[dict[str, Any]] = [
            {
                "FeatureGroupName": queries[index].group,
                "RecordIdentifiersValueAsString": list(identifiers),
                "FeatureNames": list(queries[index].features),
            }
            for index, identifiers in parts.items()
        ]
        deadline = time.monotonic() + seconds
        answers = list[dict[str, Any]]()
        while asked:
            answer = self._call(region, asked, deadline - time.monotonic())
            _check_errors(answer)
            answers += answer.get("Records", [])
            asked = answer.get("UnprocessedIdentifiers", [])
            time.sleep(_PAUSE_SECONDS if asked else 0)
        by_key = {
            (_name_group(record["FeatureGroupName"]), record["RecordIdentifierValueAsString"]): (
                _read_values(record)
            )
            for record in answers
        }
        for index, identifiers in parts.items():
            query = queries[index]
            for one in identifiers:
                found[index][one] = by_key.get((_name_group(query.group), one))
                if query.cache_seconds:
                    self._keep(query, one, found[index][one])

    def _call(self, region: str, asked: Sequence[Any], seconds: float) -> dict[str, Any]:
        try:
            return self._get_client(region).post(_PATH, {"Identifiers": asked}, seconds)
        except RequestFailedError as error:
            raise StoreFailedError(str(error)) from error

    def _get_client(self, region: str) -> SignedClient:
        region = region or _find_region(self.variables)
        if region not in self._clients:
            address = ServiceAddress(_locate(region, self.variables), region, "sagemaker")
            self._clients[region] = SignedClient(address, self.variables)
        return self._clients[region]

    def _read_cache(self, query: RecordQuery) -> dict[str, Values | None]:
        if not query.cache_seconds:
            return {}
        now = time.monotonic()
        kept = {
            one: self._cache.get((query.group, query.features, one)) for one in query.identifiers
        }
        return {one: entry[1] for one, entry in kept.items() if entry and entry[0] > now}

    def _keep(self, query: RecordQuery, identifier: str, values: Values | None) -> None:
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        expires = time.monotonic() + query.cache_seconds
        self._cache[query.group, query.features, identifier] = expires, values


def _split(open_ids: Sequence[Sequence[str]]) -> Iterator[dict[int, Sequence[str]]]:
    """Split the identifiers of all queries into calls: identifiers by the index of their query."""
    for start in range(0, max(map(len, open_ids), default=0), _IDENTIFIERS):
        parts = [(index, ids[start : start + _IDENTIFIERS]) for index, ids in enumerate(open_ids)]
        there = [part for part in parts if part[1]]
        for first in range(0, len(there), _GROUPS):
            yield dict(there[first : first + _GROUPS])


def _group_by_region(
    queries: Sequence[RecordQuery], call: Mapping[int, Sequence[str]]
) -> dict[str, dict[int, Sequence[str]]]:
    """Return the parts of a call by the region of the group's ARN, "" for a name alone."""
    regions: dict[str, dict[int, Sequence[str]]] = {}
    for index, identifiers in call.items():
        match = _REGION.match(queries[index].group)
        regions.setdefault(match[1] if match else "", {})[index] = identifiers
    return regions


def _name_group(reference: str) -> str:
    """Return the name of a group; an answer may name the group otherwise than the request."""
    return reference.rpartition("/")[2]


def _locate(region: str, variables: Mapping[str, str]) -> str:
    for name in _VARIABLES:
        if variables.get(name):
            return variables[name].rstrip("/")
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://featurestore-runtime.sagemaker.{region}.amazonaws.com{suffix}"


def _find_region(variables: Mapping[str, str]) -> str:
    """Return the region of the AWS variables. Raises StoreFailedError when none names one."""
    found = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
    if not found:
        raise StoreFailedError("no region: AWS_REGION is not set, and the group is no ARN")
    return found


def _check_errors(answer: Mapping[str, Any]) -> None:
    for error in answer.get("Errors", []):
        sentence = str(error.get("ErrorMessage", "")).rstrip(".")
        code = str(error.get("ErrorCode", ""))
        if code.startswith("Validation"):
            raise IdentifierRefusedError(sentence, error.get("RecordIdentifierValueAsString", ""))
        raise StoreFailedError(f"{code}: {sentence}")


def _read_values(record: Mapping[str, Any]) -> Values:
    values: dict[str, str] = {}
    for item in record.get("Record", []):
        if "ValueAsString" not in item:
            raise StoreFailedError(
                f"feature {item['FeatureName']!r} is a collection, and a column has one value a row"
            )
        values[item["FeatureName"]] = str(item["ValueAsString"])
    return values
