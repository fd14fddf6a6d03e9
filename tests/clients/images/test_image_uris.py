"""Every image URI that the SDK gives, in every region, is in the map of images."""

import subprocess
from collections import Counter
from pathlib import Path

from local_test.service.images.map_file import read_image_map
from scripts.lock import aws_clients

PROGRAM = Path(__file__).parents[1] / "programs" / "image_uris.py"


def test_the_uris_of_all_regions_have_an_entry(tmp_path: Path) -> None:
    python = aws_clients.prepare_client() / "python"
    printed = subprocess.run(
        [python, PROGRAM], capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)}
    )
    found = read_image_map(tmp_path)
    uris = [line for line in printed.stdout.splitlines() if ".dkr.ecr." in line]
    entries = {uri: found.find_entry(uri, "processing") for uri in uris}
    assert [uri for uri, entry in entries.items() if entry is None] == []
    kinds = Counter(entry.image or "refused" for entry in entries.values() if entry)
    assert min(kinds["tandem-python"] // 4, kinds["tandem-analyzer"] // 2) > 20, kinds
