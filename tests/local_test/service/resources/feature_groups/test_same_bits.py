"""Every way out of a feature group gives the bits that were put: online, offline, by Athena."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import orc

from local_test.service.resources.feature_groups.offline_flush import flush_all
from local_test.service.resources.processing.dataset_query import run_dataset_query
from local_test.service.storage.s3 import parse_uri
from tests.clients.account import REGION
from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    FeatureService,
    define,
    open_feature_service,
)
from tests.local_test.service.resources.feature_groups.test_records import make_record

RUNS = itertools.count()
HOUR = 1_700_002_800
SCALARS = {"id": "String", "when": "Fractional", "whole": "Integral", "part": "Fractional"}
SCALARS |= {"text": "String"}
LISTS = {"wholes": ("Integral", "List"), "parts": ("Fractional", "List")}
LISTS |= {"vector": ("Fractional", "Vector"), "tags": ("String", "Set")}
PARSE: Mapping[str, Callable[[str], Any]] = {"Integral": int, "Fractional": float, "String": str}
KINDS = SCALARS | {name: kind for name, (kind, _) in LISTS.items()}
Row = dict[str, Any]

EDGES: dict[str, list[str]] = {
    "Integral": ["0", "-0", "+7", "007", str(2**53 + 1), str(2**63 - 1), str(-(2**63))],
    # The last ones have more digits than a double, one of them is halfway between two doubles.
    "Fractional": [
        "-0.0",
        "5e-324",
        "-2.2250738585072011e-308",
        "1.7976931348623157e308",
        "1e23",
        "1e7",
        "1E-3",
        "+.5",
        "007.",
        "1e-400",
        "9007199254740993",
        "0.30000000000000004441",
    ],
    "String": [
        "",
        "NULL",
        r"\N",
        "NA",
        '"',
        "a,b",
        " 1",
        "[a, b]",
        "1.0",
        "\r",
        "\0",
        "ü\U0001f600",
    ],
}
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
FRACTIONS |= st.sampled_from(EDGES["Fractional"])
INTEGERS = st.integers(-(2**63), 2**63 - 1).map(str) | st.sampled_from(EDGES["Integral"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=8)
TEXTS |= st.sampled_from(EDGES["String"])
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "whole": INTEGERS,
        "part": FRACTIONS,
        "text": TEXTS,
        "wholes": st.lists(INTEGERS, max_size=3),
        "parts": st.lists(FRACTIONS, max_size=3),
        "vector": st.lists(FRACTIONS, min_size=2, max_size=2),
        "tags": st.lists(TEXTS, max_size=3, unique=True),
    },
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureService]:
    """A service with a group of each type of feature for each format of the offline store."""
    definitions: list[Row] = define(SCALARS)
    for name, (kind, collection) in LISTS.items():
        item = {"FeatureName": name, "FeatureType": kind, "CollectionType": collection}
        dimension = {"CollectionConfig": {"VectorConfig": {"Dimension": 2}}}
        definitions.append(item | (dimension if collection == "Vector" else {}))
    online = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    with open_feature_service(tmp_path_factory.mktemp("bits")) as service:
        for form in ("Glue", "Iceberg"):
            place = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/of"}, "TableFormat": form}
            service.create(
                f"bits-{form}",
                FeatureDefinitions=definitions,
                OnlineStoreConfig=online,
                OfflineStoreConfig=place,
            )
        yield service


def parse(name: str, text: str | list[str] | None) -> Any:
    """The value of a text of the API, which Python rounds as IEEE 754 says."""
    if text is None:
        return None
    convert = PARSE[KINDS[name]]
    return [convert(one) for one in text] if isinstance(text, list) else convert(text)


def to_bits(value: Any) -> Any:
    """A value that equals another one only if all bits do: 0.0 and -0.0 differ."""
    if isinstance(value, list):
        return [to_bits(one) for one in value]
    return struct.pack("<d", value).hex() if isinstance(value, float) else value


def read_online(store: FeatureService, group: str, keys: list[str]) -> Iterator[list[Row]]:
    """The rows of GetRecord and of BatchGetRecord."""
    runtime = store.client("sagemaker-featurestore-runtime")
    one_by_one = [
        runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=key)["Record"]
        for key in keys
    ]
    asked = {"FeatureGroupName": group, "RecordIdentifiersValueAsString": keys}
    batch = runtime.batch_get_record(Identifiers=[asked])["Records"]
    for records in (one_by_one, [found["Record"] for found in batch]):
        yield [
            {
                item["FeatureName"]: parse(
                    item["FeatureName"], item.get("ValueAsString", item.get("ValueAsStringList"))
                )
                for item in items
            }
            for items in records
        ]


def read_objects(store: FeatureService, uri: str) -> Iterator[bytes]:
    """The contents of all files below a folder of S3."""
    s3, place = store.client("s3"), parse_uri(uri)
    listed = s3.list_objects_v2(Bucket=place.bucket, Prefix=place.key)
    for item in listed.get("Contents", ()):
        yield s3.get_object(Bucket=place.bucket, Key=item["Key"])["Body"].read()


def read_parquet(contents: Iterator[bytes]) -> Iterator[Row]:
    for content in contents:
        yield from pq.read_table(io.BytesIO(content), partitioning=None).to_pylist()


def read_athena(store: FeatureService, source: str) -> Iterator[Row]:
    """The rows that GetQueryResults gives: scalars, and lists of numbers as `[1, 2.0]`."""
    names = [*SCALARS, "wholes", "parts", "vector"]
    for cells in Queries(store).select(f"SELECT {quote(names)} {source}", page_size=1000):
        row: Row = {}
        for name, cell in zip(names, cells, strict=True):
            texts = cell.strip("[]").split(", ") if cell and name in LISTS else None
            row[name] = parse(name, cell if texts is None else [one for one in texts if one])
        yield row


def read_dataset(store: FeatureService, source: str, form: str, folder: str) -> Iterator[Row]:
    """The rows of the files that a job gets by a dataset definition with a query of Athena."""
    names = [*SCALARS] if form == "TEXTFILE" else [*KINDS]
    names = [name for name in names if form != "TEXTFILE" or name != "text"]
    query = {"QueryString": f"SELECT {quote(names)} {source}", "Database": "sagemaker_featurestore"}
    query |= {"OutputFormat": form, "OutputS3Uri": f"s3://{BUCKET}/queries"}
    place = parse_uri(f"s3://{BUCKET}/{folder}/{form}")
    run_dataset_query(store.client("athena"), query, place, threading.Event())
    contents = read_objects(store, f"{place}/")
    if form == "PARQUET":
        yield from read_parquet(contents)
        return
    for content in contents:
        if form == "ORC":
            yield from orc.ORCFile(pa.BufferReader(content)).read().to_pylist()
            continue
        for line in gzip.decompress(content).decode().removesuffix("\n").split("\n"):
            if form == "JSON":
                yield json.loads(line)
                continue
            cells = [None if cell == r"\N" else cell for cell in line.split("\x01")]
            yield {name: parse(name, cell) for name, cell in zip(names, cells, strict=True)}


def quote(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def check(found: Iterator[Row] | list[Row], expected: list[Row], way: str) -> None:
    """Compare rows in the order of their identifiers; a missing feature is one without value."""
    rows = sorted(found, key=lambda row: str(row["id"]))
    assert len(rows) == len(expected), way
    for row, wanted in zip(rows, expected, strict=True):
        names = row.keys() & KINDS.keys()
        for name in {*names, *wanted} if "online" in way else names:
            assert to_bits(row.get(name)) == to_bits(wanted.get(name)), (way, name)


EVERY_EDGE: list[Row] = [
    {"whole": whole, "part": part, "text": text}
    for whole, part, text in itertools.zip_longest(*EDGES.values(), fillvalue="0")
]
EVERY_EDGE += [
    {"wholes": EDGES["Integral"], "parts": EDGES["Fractional"], "tags": EDGES["String"]},
    {"wholes": [], "vector": ["-0.0", "5e-324"]},
]


@settings(max_examples=2, deadline=None)
@example(records=EVERY_EDGE)
@given(records=st.lists(RECORDS, min_size=1, max_size=12))
@pytest.mark.parametrize("form", ["Glue", "Iceberg"])
def test_all_ways_out_give_the_same_bits(
    store: FeatureService, form: str, records: list[Row]
) -> None:
    group, run = f"bits-{form}", f"{next(RUNS):06}"
    rows = [
        {"id": f"{run}-{number:03}", "when": f"{HOUR + number}.123456", **record}
        for number, record in enumerate(records)
    ]
    runtime = store.client("sagemaker-featurestore-runtime")
    for row in rows:
        runtime.put_record(FeatureGroupName=group, Record=make_record(**row))
    expected = [{name: parse(name, text) for name, text in row.items()} for row in rows]
    for found in read_online(store, group, [row["id"] for row in rows]):
        check(found, expected, "online")
    flush_all(store.backend, REGION)
    config = store.sagemaker.describe_feature_group(FeatureGroupName=group)["OfflineStoreConfig"]
    folder = config["S3StorageConfig"]["ResolvedOutputS3Uri"]
    if form == "Glue":
        stored = read_parquet(read_objects(store, folder))
        check([row for row in stored if row["id"].startswith(run)], expected, "files")
    table = f"sagemaker_featurestore.{config['DataCatalogConfig']['TableName']}"
    source = f"FROM {table} WHERE id LIKE '{run}-%'"
    check(read_athena(store, source), expected, "Athena")
    for kind in ("PARQUET", "ORC", "JSON", "TEXTFILE"):
        found = list(read_dataset(store, source, kind, f"{form}/{run}"))
        check(found, expected, f"dataset as {kind}")
