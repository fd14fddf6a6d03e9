"""Records of feature groups: the meaning of time, types, deletion, expiry and batches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.feature_store.feature_records import FeatureRecords
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from tests.clients.account import REGION
from tests.local_test.service.resources.feature_groups.feature_service import (
    FeatureService,
    define,
    open_feature_service,
)
from tests.local_test.service.resources.feature_groups.redis_server import run_redis
from tests.local_test.service.resources.feature_groups.test_groups import ONLINE

NOW, DAY = int(time.time()), 86_400


def make_record(**values: Any) -> list[dict[str, Any]]:
    return [
        {"FeatureName": name, "ValueAsStringList": value}
        if isinstance(value, list)
        else {"FeatureName": name, "ValueAsString": str(value)}
        for name, value in values.items()
    ]


class Records:
    """Puts and reads the records of one group."""

    def __init__(self, service: FeatureService, group: str) -> None:
        self.runtime = service.client("sagemaker-featurestore-runtime")
        self._service, self._group = service, group

    def put(self, more: Mapping[str, Any] | None = None, **values: Any) -> None:
        self.runtime.put_record(
            FeatureGroupName=self._group, Record=make_record(**values), **(more or {})
        )

    def get(self, key: str, **more: Any) -> dict[str, str]:
        answer = self.runtime.get_record(
            FeatureGroupName=self._group, RecordIdentifierValueAsString=key, **more
        )
        items = answer.get("Record", ())
        found = {item["FeatureName"]: item["ValueAsString"] for item in items}
        return found | {key: answer[key] for key in ("ExpiresAt",) if key in answer}

    def delete(self, key: str, when: float, **more: Any) -> None:
        self.runtime.delete_record(
            FeatureGroupName=self._group,
            RecordIdentifierValueAsString=key,
            EventTime=str(when),
            **more,
        )

    def read_offline(self) -> list[tuple[Any, ...]]:
        """Return the rows of the journal: identifier, time, age and whether it is a marker."""
        backend = self._service.backend
        store = backend.records.get(FEATURE_GROUP, REGION, self._group)["StoreId"]
        records = backend.feature_records
        with records.hold():
            batch = records.journal.choose_batch(store, 0)
        return [
            (
                row.values["id"],
                row.event_time / 10**9,
                row.values.get("age"),
                row.is_deleted,
            )
            for row in (batch.rows if batch else ())
        ]


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FeatureService]:
    """A service with each kind of online store."""
    folder = tmp_path_factory.mktemp("store")
    with ExitStack() as stack:
        url = stack.enter_context(run_redis(folder))[0] if request.param == "redis" else ""
        yield stack.enter_context(open_feature_service(folder / "state", StoreSettings(url)))


@pytest.fixture
def people(store: FeatureService, request: pytest.FixtureRequest) -> Records:
    name = request.function.__name__.replace("_", "-")[:60].strip("-")
    store.create(name)
    return Records(store, name)


def test_the_latest_event_is_online_and_every_event_is_offline(people: Records) -> None:
    people.put(id="a", when=200.5, age=2, city="Ulm")
    people.put(id="a", when=100, age=1)
    assert people.get("a") == {"id": "a", "when": "200.5", "age": "2", "city": "Ulm"}
    assert people.get("a", FeatureNames=["city", "score"]) == {"city": "Ulm"}
    people.put(id="a", when=200.5, age=9)
    assert people.get("a") == {"id": "a", "when": "200.5", "age": "9"}
    people.put(id="a", when=200.500001, age=3)
    assert people.get("a") == {"id": "a", "when": "200.500001", "age": "3"}
    assert people.get("b") == {}
    assert people.read_offline() == [
        ("a", 200.5, 2, False),
        ("a", 100.0, 1, False),
        ("a", 200.5, 9, False),
        ("a", 200.500001, 3, False),
    ]


def test_event_times_are_doubles_in_both_stores(people: Records) -> None:
    """Two texts of one double are one time: the later call counts, as in the offline store."""
    people.put(id="a", when="1700000000.1234567891", age=1)
    people.put(id="a", when="1700000000.1234567890", age=2)
    assert people.get("a")["age"] == "2"
    for tiny in ("1e-99999999999999999999", "0e99999999999999999999"):
        people.put(id="b", when=tiny, age=3)
    assert people.get("b")["when"] == tiny


def test_a_soft_deletion_hides_what_is_older(people: Records) -> None:
    people.put(id="a", when=100, age=1)
    people.delete("a", 50)
    assert people.get("a")["age"] == "1"
    people.delete("a", 200)
    assert people.get("a") == {}
    people.put(id="a", when=150, age=2)
    assert people.get("a") == {}
    people.put(id="a", when=300, age=3)
    assert people.get("a")["age"] == "3"
    assert [row[1:] for row in people.read_offline()] == [
        (100.0, 1, False),
        (50.0, None, True),
        (200.0, None, True),
        (150.0, 2, False),
        (300.0, 3, False),
    ]


def test_a_hard_deletion_forgets_the_record_or_is_refused(people: Records) -> None:
    people.put(id="a", when=100, age=1)
    with pytest.raises(people.runtime.exceptions.ValidationError, match="EventTime"):
        people.delete("a", 100, DeletionMode="HardDelete")
    assert people.get("a")["age"] == "1"
    assert len(people.read_offline()) == 1
    people.delete("a", 101, DeletionMode="HardDelete")
    assert people.get("a") == {}
    people.put(id="a", when=50, age=2)
    assert people.get("a")["age"] == "2"


def test_stores_are_chosen_by_record(people: Records) -> None:
    people.put({"TargetStores": ["OnlineStore"]}, id="a", when=1)
    people.put({"TargetStores": ["OfflineStore"]}, id="b", when=1)
    assert (people.get("a"), people.get("b")) == ({"id": "a", "when": "1"}, {})
    assert [row[0] for row in people.read_offline()] == ["b"]


def test_records_expire_after_their_event(store: FeatureService) -> None:
    day = {"Unit": "Days", "Value": 1}
    online = {"EnableOnlineStore": True, "TtlDuration": day}
    store.create("expiring", **ONLINE | {"OnlineStoreConfig": online})
    expiring = Records(store, "expiring")
    expiring.put(id="fresh", when=NOW)
    expiring.put(id="late", when=NOW - DAY - 1)
    expiring.put({"TtlDuration": {"Unit": "Weeks", "Value": 1}}, id="long", when=NOW - DAY - 1)
    assert expiring.get("late") == {}
    assert expiring.get("long")["id"] == "long"
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + DAY))
    assert expiring.get("fresh", ExpirationTimeResponse="Enabled")["ExpiresAt"] == expires
    assert "ExpiresAt" not in expiring.get("fresh")
    expiring.put(id="late", when=NOW - DAY // 2)
    assert expiring.get("late")["id"] == "late"
    ages = {"TtlDuration": {"Unit": "Weeks", "Value": 2**31 - 1}}
    expiring.put(ages, id="long", when=NOW)
    assert expiring.get("long", ExpirationTimeResponse="Enabled")["ExpiresAt"][:4] == "2262"
    with pytest.raises(ClientError, match="lacks one of the stores OfflineStore"):
        expiring.put({"TargetStores": ["OfflineStore"]}, id="a", when=1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"age": "1.0"}, "age is Integral: '1.0'"),
        ({"age": str(2**63)}, "age is Integral"),
        ({"age": "1_000"}, "age is Integral"),
        ({"age": "1" * 5000}, r"age is Integral: '1{60}\.\.\.'"),
        ({"age": "\u0663"}, "age is Integral"),  # a digit, and no ASCII one
        ({"city": "\ud800"}, "city has half of a surrogate pair"),
        ({"score": "NaN"}, "score is Fractional: 'NaN'"),
        ({"score": "1e999"}, "score is Fractional"),
        ({"score": ["1"]}, "score has the wrong field"),
        ({"none": "1"}, "has no feature none"),
        ({"when": "soon"}, "when is Fractional: 'soon'"),
        ({"when": "-1"}, "event time when is out of range"),
        ({"when": "9223372037"}, "event time when is out of range.*to 2262-04-11"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    store: FeatureService, values: dict[str, Any], sentence: str
) -> None:
    if "typed" not in str(store.sagemaker.list_feature_groups(NameContains="typed")):
        store.create("typed")
    typed = Records(store, "typed")
    with pytest.raises(typed.runtime.exceptions.ValidationError, match=sentence):
        typed.put(None, **{"id": "x", "when": 1, **values})
    assert typed.get("x") == {}
    with pytest.raises(ClientError, match="feature when is missing"):
        typed.put(id="x")
    assert typed.read_offline() == []


def test_texts_are_times_in_iso_8601(store: FeatureService) -> None:
    store.create("dated", {"id": "Integral", "when": "String"}, **ONLINE)
    dated = Records(store, "dated")
    dated.put(id="7", when="2024-02-29T12:00:00Z")
    dated.put(id="+7", when="2024-02-29T12:00:00.001Z")
    assert dated.get("07") == {"id": "+7", "when": "2024-02-29T12:00:00.001Z"}
    for wrong in (
        "2024-02-29T12:00:00",
        "2023-02-29T12:00:00Z",
        "2024-02-29",
        "1",
        "1969-12-31T23:59:59Z",
    ):
        with pytest.raises(ClientError, match="event time when"):
            dated.put(id="8", when=wrong)


def test_collections_are_checked_by_element(store: FeatureService) -> None:
    definitions = define({"id": "String", "when": "Fractional"})
    for name, kind, collection in (("tags", "String", "Set"), ("n", "Integral", "List")):
        definitions.append({"FeatureName": name, "FeatureType": kind, "CollectionType": collection})
    vector = {"VectorConfig": {"Dimension": 2}}
    definitions.append(
        {"FeatureName": "v", "FeatureType": "Fractional", "CollectionType": "Vector"}
        | {"CollectionConfig": vector}
    )
    memory = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    store.create("boxes", FeatureDefinitions=definitions, OnlineStoreConfig=memory)
    boxes = Records(store, "boxes")
    for wrong, sentence in (
        ({"v": ["1"]}, "vector v has 1 elements"),
        ({"tags": ["a", "a"]}, "set tags has equal elements"),
        ({"n": ["1", "x"]}, "n is Integral: 'x'"),
        ({"n": "1"}, "n has the wrong field"),
    ):
        with pytest.raises(ClientError, match=sentence):
            boxes.put(id="a", when=1, **wrong)
    boxes.put(id="a", when=1, v=["1", ".5"], tags=["a", "b"], n=[])
    found = boxes.runtime.get_record(FeatureGroupName="boxes", RecordIdentifierValueAsString="a")
    by_name = {item["FeatureName"]: item for item in found["Record"]}
    assert by_name["v"]["ValueAsStringList"] == ["1", ".5"]
    assert by_name["n"]["ValueAsStringList"] == []


def test_batches_report_each_error_where_it_is(people: Records) -> None:
    runtime, group = people.runtime, people._group
    entry = {"FeatureGroupName": group, "Record": make_record(id="a", when=NOW)}
    bad = {"FeatureGroupName": group, "Record": make_record(id="b", when=1, age="x")}
    answer = runtime.batch_write_record(
        Entries=[entry, bad], TtlDuration={"Unit": "Hours", "Value": 1}
    )
    assert [error["Entry"] for error in answer["Errors"]] == [bad]
    assert answer["UnprocessedEntries"] == []
    asked = [
        {"FeatureGroupName": group, "RecordIdentifiersValueAsString": ["a", "b"]},
        {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["a"]},
    ]
    answer = runtime.batch_get_record(Identifiers=asked, ExpirationTimeResponse="Enabled")
    (found,) = answer["Records"]
    assert found["RecordIdentifierValueAsString"] == "a"
    assert found["Record"] == make_record(id="a", when=NOW)
    assert "ExpiresAt" in found
    (error,) = answer["Errors"]
    assert (error["FeatureGroupName"], error["ErrorCode"]) == ("nobody", "ResourceNotFound")
    assert answer["UnprocessedIdentifiers"] == []


def test_unknown_groups_have_the_errors_of_the_operation(store: FeatureService) -> None:
    nobody = Records(store, "nobody")
    with pytest.raises(nobody.runtime.exceptions.ResourceNotFound):
        nobody.get("a")
    with pytest.raises(nobody.runtime.exceptions.ValidationError, match="Resource Not Found"):
        nobody.put(id="a", when=1)


def test_single_features_are_updated_in_new_storage(store: FeatureService) -> None:
    online = {"EnableOnlineStore": True, "StorageType": "Standard_V2"}
    store.create("partial", OnlineStoreConfig=online)
    partial = Records(store, "partial")
    partial.put(id="a", when=100, age=1, city="Ulm")

    def update(**values: Any) -> None:
        partial.runtime.update_record(
            FeatureGroupName="partial",
            RecordIdentifierValueAsString="a",
            Features=make_record(**values),
        )

    update(age=2)
    assert partial.get("a") == {"id": "a", "when": "100", "age": "2", "city": "Ulm"}
    with pytest.raises(partial.runtime.exceptions.ConflictException):
        update(when=99, age=3)
    update(when=101, age=3)
    assert partial.get("a")["when"] == "101"
    assert [row[1:3] for row in partial.read_offline()] == [(100.0, 1), (100.0, 2), (101.0, 3)]
    partial.delete("a", 200)
    with pytest.raises(partial.runtime.exceptions.ResourceNotFound):
        update(age=4)


def test_identifiers_are_listed_in_pages(people: Records) -> None:
    for key in ("a", "b", "c", "d"):
        people.put(id=key, when=1)
    people.delete("b", 2)

    def list_all(**more: Any) -> list[str]:
        found, token = list[str](), dict[str, str]()
        while True:
            answer = people.runtime.list_records(
                FeatureGroupName=people._group, MaxResults=2, **more, **token
            )
            found += answer["RecordIdentifiers"]
            if "NextToken" not in answer:
                return found
            token = {"NextToken": answer["NextToken"]}

    assert list_all() == ["a", "c", "d"]
    assert list_all(IncludeSoftDeletedRecords=True) == ["a", "b", "c", "d"]


def test_records_survive_the_service_and_end_with_their_group(tmp_path: Path) -> None:
    with open_feature_service(tmp_path) as service:
        service.create("kept", **ONLINE)
        Records(service, "kept").put(id="a", when=1)
    with open_feature_service(tmp_path) as service:
        assert Records(service, "kept").get("a") == {"id": "a", "when": "1"}
        described = service.sagemaker.describe_feature_group(FeatureGroupName="kept")
        assert described["OnlineStoreTotalSizeBytes"] > 0
        service.sagemaker.delete_feature_group(FeatureGroupName="kept")
        service.backend.threads.close()
        service.create("kept", **ONLINE)
        assert Records(service, "kept").get("a") == {}


def test_a_refused_disk_changes_neither_store(tmp_path: Path) -> None:
    """The journal fails behind the online store: the put is undone as a whole."""
    with open_feature_service(tmp_path) as service:
        service.create("whole")
        whole = Records(service, "whole")
        whole.put(id="a", when=1, age=1)
        records: FeatureRecords = service.backend.feature_records
        records._database.execute("DROP TABLE pending")
        with pytest.raises(ClientError):
            whole.put(id="a", when=2, age=2)
        assert whole.get("a")["age"] == "1"
