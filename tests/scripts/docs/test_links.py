"""External links of the pages: what counts as one, and what is said of those that fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts.docs.links import check_links, list_links

PAGE = """# Title

See [the guide](https://docs.aws.amazon.com/guide#part), <https://docs.python.org/3/>,
and http://127.0.0.1:8080/ping, https://registry.example.com/team or [a page](other.md).

```sh
curl https://in.code.org
```

`https://in.words.org` and https://docs.python.org/3/.
"""


class Handler(BaseHTTPRequestHandler):
    """Has /here, and knows no HEAD."""

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.send_response(405)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/here" else 410)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


def test_links_outside_are_listed_with_their_places(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert list_links([page], tmp_path) == {
        "https://docs.aws.amazon.com/guide#part": ["page.md:3"],
        "https://docs.python.org/3/": ["page.md:3", "page.md:10"],
    }


def test_an_address_that_is_gone_is_named_with_its_places(server: str) -> None:
    links = {f"{server}/here#part": ["a.md:1"], f"{server}/gone": ["a.md:2", "b.md:3"]}
    assert check_links(links) == [f"{server}/gone: status 410 (a.md:2, b.md:3)"]
