"""What the online store on a Redis server has beyond that in a file: others use it as well."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from local_test.commands.shared.feature_store_options import parse_online_store
from local_test.commands.shared.options import parse_seconds
from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.feature_store.feature_records import TargetStores
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.feature_store.online_store import OnlineRecord
from local_test.service.feature_store.redis_store import RedisOnlineStore
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from tests.clients.account import REGION
from tests.local_test.service.resources.feature_groups.feature_service import open_feature_service
from tests.local_test.service.resources.feature_groups.redis_server import run_redis
from tests.local_test.service.resources.feature_groups.test_records import Records, make_record

OLD = OnlineRecord("a", 100, make_record(id="a"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_redis(tmp_path_factory.mktemp("redis")) as (url, _):
        yield url


def store_record(store: RedisOnlineStore, group: str, record: OnlineRecord) -> None:
    store.change(group, record.identifier, 0, lambda _: record)


def test_a_change_sees_what_another_service_changed_meanwhile(url: str) -> None:
    with closing(RedisOnlineStore(url)) as one, closing(RedisOnlineStore(url)) as two:
        newest, middle = replace(OLD, event_time=300), replace(OLD, event_time=200)
        seen = list[OnlineRecord | None]()

        def choose(current: OnlineRecord | None) -> OnlineRecord | None:
            if not seen:
                two.change("shared", "a", 0, lambda _: newest)
            seen.append(current)
            return middle if current is None or current.event_time <= 200 else current

        one.change("shared", "a", 0, lambda _: OLD)
        one.change("shared", "a", 0, choose)
        assert seen == [OLD, newest]
        assert one.find("shared", "a", 0) == newest


def test_redis_removes_what_has_expired(url: str) -> None:
    with closing(RedisOnlineStore(url)) as store, closing(redis.Redis.from_url(url)) as client:
        now = time.time_ns()
        for number, expires in enumerate((None, now + 3_600_000_000_000, now - 1)):
            record = replace(OLD, identifier=str(number), expires=expires)
            store_record(store, "expiring", record)
        keys = sorted(client.keys("*{expiring}:record:*"))
        assert [client.pttl(key) > 0 for key in keys] == [False, True]
        assert store.list_identifiers("expiring", now, "", 9, deleted=False) == ["0", "1"]
        assert store.find("expiring", "1", now + 3_600_000_000_000) is None
        store.drop("expiring")
        assert client.keys("*{expiring}*") == []


def test_more_identifiers_than_a_page_are_listed_in_the_order_of_text(url: str) -> None:
    with closing(RedisOnlineStore(url)) as store:
        names = sorted(str(number) for number in range(1100))
        for name in names:
            store_record(store, "many", replace(OLD, identifier=name))
        assert store.list_identifiers("many", 0, "", 2000, deleted=False) == names
        assert store.list_identifiers("many", 0, names[1], 3, deleted=False) == names[2:5]
        assert store.count_bytes("many") > 1100 * len("[100, null, []]")


def test_a_text_that_utf_8_cannot_hold_is_an_identifier(url: str) -> None:
    with closing(RedisOnlineStore(url)) as store:
        record = replace(OLD, identifier="\ud800")
        store_record(store, "strange", record)
        assert store.find("strange", "\ud800", 0) == record


def test_without_its_server_a_put_changes_nothing(tmp_path: Path) -> None:
    with run_redis(tmp_path) as (url, process):
        settings = StoreSettings(online_url=url)
        with open_feature_service(tmp_path / "state", settings) as service:
            service.create("alone")
            alone = Records(service, "alone")
            alone.put(id="a", when=1, age=1)
            process.terminate()
            process.wait()
            record = service.backend.records.get(FEATURE_GROUP, REGION, "alone")
            checked = read_schema(record).check(make_record(id="a", when=2, age=2))
            with pytest.raises(ApiError, match="Online store unavailable") as refused:
                service.backend.feature_records.put(
                    record["StoreId"], checked, TargetStores(online=True, offline=True), None
                )
            assert (refused.value.code, refused.value.status) == ("ServiceUnavailable", 503)
            assert alone.read_offline() == [("a", 1.0, 1, False)]
            with pytest.raises(UserError, match="correct --online-store"):
                service.backend.feature_records.check_online()


def test_only_urls_of_redis_are_taken() -> None:
    assert parse_online_store("redis://127.0.0.1:6379/0") == "redis://127.0.0.1:6379/0"
    with pytest.raises(ArgumentTypeError, match="invalid URL"):
        parse_online_store("http://127.0.0.1")
    with pytest.raises(UserError, match="invalid URL of an online store"):
        RedisOnlineStore("redis://127.0.0.1:port")


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0.0), ("900", 900.0), ("-1", None), ("x", None)]
)
def test_delays_are_seconds(text: str, seconds: float | None) -> None:
    if seconds is not None:
        assert parse_seconds(text) == seconds
        return
    with pytest.raises(ArgumentTypeError, match="Write seconds"):
        parse_seconds(text)
