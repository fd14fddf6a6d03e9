"""What both stores answer, beside a plain Python model of late, deleted and equal-time records."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import FeatureService
from tests.local_test.service.resources.feature_groups.test_records import Records

KEYS, TIMES = ("a", "b"), range(4)
RUNS = itertools.count()


@dataclass(frozen=True)
class Event:
    """A record with an age, or a deletion; in the order of the calls."""

    key: str
    when: int
    age: int | None


EVENTS = st.lists(
    st.builds(Event, st.sampled_from(KEYS), st.sampled_from(TIMES), st.none() | st.integers(0, 9)),
    max_size=12,
)


def find_at(events: list[Event], key: str, moment: int) -> int | None:
    """The age at a moment: the latest event until then counts, the later call of equal ones."""
    known = [event for event in events if event.key == key and event.when <= moment]
    last = max(enumerate(known), key=lambda item: (item[1].when, item[0]), default=None)
    return None if last is None else last[1].age


def find_online(events: list[Event], key: str) -> int | None:
    """The age online: a put counts unless it is older, a deletion if it is later."""
    when, age = -1, None
    for event in (one for one in events if one.key == key):
        if event.when > when or (event.age is not None and event.when == when):
            when, age = event.when, event.age
    return age


@settings(max_examples=12, deadline=None)
@given(events=EVENTS)
def test_both_stores_agree_with_a_plain_model(store: FeatureService, events: list[Event]) -> None:
    if "moments" not in str(store.sagemaker.list_feature_groups(NameContains="moments")):
        store.create("moments")
    described = store.sagemaker.describe_feature_group(FeatureGroupName="moments")
    table = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    records, prefix = Records(store, "moments"), f"{next(RUNS)}-"
    for event in events:
        if event.age is None:
            records.delete(prefix + event.key, event.when)
        else:
            records.put(id=prefix + event.key, when=event.when, age=event.age)
    asked = [(key, moment) for key in KEYS for moment in TIMES]
    rows = ", ".join(f"('{prefix}{key}', CAST({moment} AS double))" for key, moment in asked)
    found = Queries(store).select(
        "SELECT id, t, age FROM (SELECT r.id, r.t, h.age, h.is_deleted, row_number() OVER"  # noqa: S608
        ' (PARTITION BY r.id, r.t ORDER BY h."when" DESC, h.api_invocation_time DESC) AS n'
        f" FROM (VALUES {rows}) AS r (id, t) JOIN sagemaker_featurestore.{table} h"
        ' ON h.id = r.id AND h."when" <= r.t) WHERE n = 1 AND NOT is_deleted ORDER BY id, t'
    )
    expected = [
        [prefix + key, f"{moment}.0", str(age)]
        for key, moment in asked
        if (age := find_at(events, key, moment)) is not None
    ]
    assert found == expected
    for key in KEYS:
        age = find_online(events, key)
        assert records.get(prefix + key).get("age") == (None if age is None else str(age))
