"""List the links of the pages that lead outside of the repository: `make docs-links`.

    python -m scripts.docs.links            # each address, with the pages and lines that have it
    python -m scripts.docs.links --check    # request each one; ends with 1 where one fails

No check of the project runs it: what it reports depends on other people's servers.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from scripts.docs.wording import ROOT, list_pages

_URL = re.compile(r"""https?://[^\s<>"'`|)\]]+""")
_CODE = re.compile(r"(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$|`[^`\n]+`")
_LOCAL = re.compile(r"localhost|[\d.]+|\[[0-9a-f:]+\]|(.+\.)?example\.(com|org|net)|.+\.test")
_WORKERS, _SECONDS = 8, 20.0
_HEADERS = {"User-Agent": "Mozilla/5.0 (check of documentation links)"}
_NO_HEAD = {403, 404, 405, 501}
"""Statuses with which servers answer HEAD for pages that they have."""


def find_links(text: str) -> Iterator[tuple[int, str]]:
    """Yield line (from 1) and address of each external link; code and examples have none."""
    plain = _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in _URL.finditer(plain):
        url = found[0].rstrip(".,;:!?*_")
        if not _LOCAL.fullmatch(urlsplit(url).hostname or "localhost"):
            yield plain.count("\n", 0, found.start()) + 1, url


def list_links(pages: Sequence[Path], root: Path = ROOT) -> dict[str, list[str]]:
    """Return the external addresses in order, each with its places as `page:line`."""
    links: dict[str, list[str]] = {}
    for page in pages:
        for line, url in find_links(page.read_text(encoding="utf-8")):
            links.setdefault(url, []).append(f"{page.relative_to(root)}:{line}")
    return dict(sorted(links.items()))


def check_link(url: str) -> str | None:
    """Request an address without its fragment; return what is wrong, None if it is found."""
    with urllib3.PoolManager(retries=urllib3.Retry(2, backoff_factor=1)) as pool:
        try:
            status = _request(pool, "HEAD", url)
            if status in _NO_HEAD:
                status = _request(pool, "GET", url)
        except urllib3.exceptions.HTTPError as error:
            return f"no answer: {getattr(error, 'reason', None) or error}"
    return None if status < 400 else f"status {status}"


def _request(pool: urllib3.PoolManager, method: str, url: str) -> int:
    page = url.partition("#")[0]
    return int(pool.request(method, page, timeout=_SECONDS, headers=_HEADERS).status)


def check_links(links: Mapping[str, Sequence[str]]) -> list[str]:
    """Request all addresses, eight at a time; return a line for each that fails."""
    with ThreadPoolExecutor(_WORKERS) as threads:
        found = threads.map(check_link, links)
        return [
            f"{url}: {problem} ({', '.join(places)})"
            for (url, places), problem in zip(links.items(), found, strict=True)
            if problem is not None
        ]


def main() -> int:
    """Print the links, or those that fail; return the exit code."""
    parser = argparse.ArgumentParser(description="List external links of the pages.")
    parser.add_argument("--check", action="store_true", help="request each address")
    links = list_links(list_pages())
    if not parser.parse_args().check:
        print("\n".join(f"{url}\n    {', '.join(places)}" for url, places in links.items()))
        return 0
    failed = check_links(links)
    print("\n".join([*failed, f"{len(links) - len(failed)} of {len(links)} addresses are found."]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
