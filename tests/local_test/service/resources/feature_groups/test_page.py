"""The console's page of a feature group, with the form that looks up a record."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from local_test.service.http.app import App
from local_test.service.resources.feature_groups.offline_flush import flush_all
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import URL
from tests.local_test.service.resources.feature_groups.feature_service import FeatureService
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
    assert "<th>Offline records</th><td>5</td>" in content
    assert re.search(r"<th>Latest record</th><td>\S+Z, 0:00:\d\d ago</td>", content)
    found = re.search(r'name="token" value="([^"]+)"', content)
    assert found is not None

    def look_up(key: str) -> str:
        form = urlencode({"token": found[1], "identifier": key}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return browser.send("POST", address, headers, form).content.decode()

    assert "city: &lt;Ulm&gt;" in look_up("a")
    assert "No record: b." in look_up("b")
