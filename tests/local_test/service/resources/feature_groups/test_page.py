"""The console's page of a feature group, with the form that looks up a record."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from local_test.service.http.app import App
from local_test.service.resources.feature_groups.offline_flush import flush_all
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import URL
from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    SCHEMA,
    FeatureService,
    define,
)
from tests.local_test.service.resources.feature_groups.test_records import Records


def test_the_page_of_a_group_looks_up_a_record(store: FeatureService) -> None:
    described = store.create("Paged")
    paged = Records(store, "Paged")
    paged.put(id="a", when=1, city="<Ulm>")
    flush_all(store.backend, REGION)
    for when in (2, 86_400, 172_799):
        paged.put(id="a", when=when, city="<Ulm>")
    paged.delete("b", 86_401)
    browser = WsgiClient(App(store.backend))
    address = f"{URL}/console/feature-group/{REGION}/paged"
    page = browser.send("GET", address, {}, b"")
    content = page.content.decode()
    assert page.status == 200
    assert described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"] in content
    assert "Fractional" in content
    rows = re.findall(r"<tr><th>([^<]+)</th><td>(\d+)</td><td>(\d+)</td></tr>", content)
    assert rows == [("1970-01-02", "3", "1"), ("1970-01-01", "2", "0")]
    assert "<th>Latest event</th><td>1970-01-02T23:59:59Z</td>" in content
    assert "<th>Offline rows</th><td>5, 1 of them deletions</td>" in content
    assert re.search(r"<th>Latest record</th><td>\S+Z, 0:00:\d\d ago</td>", content)
    assert "city: &lt;Ulm&gt;" in look_up(store, "paged", "a")
    assert "Deleted: b, at 1970-01-02T00:00:01Z." in look_up(store, "paged", "b")
    assert "No record: c." in look_up(store, "paged", "c")
    table = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    counted = Queries(store).select(
        "SELECT date(from_unixtime(when)), count(*), count_if(is_deleted) FROM"  # noqa: S608
        f" sagemaker_featurestore.{table} GROUP BY 1 ORDER BY 1 DESC".replace("when", '"when"')
    )
    assert [tuple(row) for row in counted] == rows


def look_up(store: FeatureService, group: str, key: str) -> str:
    """The page that the form gives for an identifier."""
    browser = WsgiClient(App(store.backend))
    address = f"{URL}/console/feature-group/{REGION}/{group}"
    found = re.search(r'name="token" value="([^"]+)"', open_page(store, group))
    assert found is not None
    form = urlencode({"token": found[1], "identifier": key}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.send("POST", address, headers, form).content.decode()


def open_page(store: FeatureService, group: str) -> str:
    address = f"{URL}/console/feature-group/{REGION}/{group}"
    return WsgiClient(App(store.backend)).send("GET", address, {}, b"").content.decode()


def test_collections_and_expiry_are_shown(store: FeatureService) -> None:
    vector = {"FeatureName": "v", "FeatureType": "Fractional", "CollectionType": "Vector"}
    vector["CollectionConfig"] = {"VectorConfig": {"Dimension": 2}}  # type: ignore[assignment]
    memory = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    memory["TtlDuration"] = {"Unit": "Weeks", "Value": 10_000}
    store.create("boxed", FeatureDefinitions=[*define(SCHEMA), vector], OnlineStoreConfig=memory)
    content = open_page(store, "boxed")
    assert "<h2>Features (6)</h2>" in content
    assert "<tr><th>id</th><td>String, record identifier</td></tr>" in content
    assert "<tr><th>v</th><td>Fractional Vector of 2</td></tr>" in content
    assert "<th>Time to live</th><td>10,000 weeks</td>" in content
    assert "Offline rows" not in content
    Records(store, "boxed").put(id="a", when=1, v=["1", ".5"])
    found = look_up(store, "boxed", "a")
    assert "v: [&#34;1&#34;, &#34;.5&#34;]" in found
    assert "(expires at 2161-08-27T00:00:01Z)" in found


def test_an_offline_store_that_fails_says_why(store: FeatureService) -> None:
    config = {"S3StorageConfig": {"S3Uri": "s3://nobody-made-this-either/x"}}
    store.create("never-stored", OfflineStoreConfig=config)
    content = open_page(store, "never-stored")
    assert "nobody-made-this-either/: The specified bucket does not exist" in content
    assert "<td>none, s3://" in content
    bucket = {"Bucket": "melts-away"}
    s3 = store.client("s3")
    s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    config = {"S3StorageConfig": {"S3Uri": "s3://melts-away/x"}}
    store.create("blocked-page", OfflineStoreConfig=config)
    s3.delete_bucket(**bucket)
    Records(store, "blocked-page").put(id="a", when=1)
    flush_all(store.backend, REGION)
    content = open_page(store, "blocked-page")
    assert "<td>Blocked, s3://melts-away/" in content
    assert re.search("<th>Reason</th><td>[^<]*bucket does not exist", content)
    assert "<th>Offline rows</th><td>1, 0 of them deletions</td>" in content
