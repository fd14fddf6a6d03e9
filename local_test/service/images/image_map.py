"""Which local image stands in for an image of Amazon's, and which image has no stand-in.

`stand_ins.toml` has the entries; those of the user's file come first. The first entry that fits
decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from local_test.service.images.image_uri import EcrImage, parse_ecr_image

Use = Literal["training", "serving", "processing"]
USES: tuple[Use, ...] = get_args(Use)

AMAZON = "amazon"
"""As an entry's account: any account that owns images of Amazon SageMaker."""

_ACCOUNTS = Path(__file__).with_name("amazon_accounts.txt")


@dataclass(frozen=True)
class MapEntry:
    """An entry of the map: the images it is for, and the stand-in `image` or the `refusal`.

    `repository`, `tag`, `account` and `region` are patterns with `*` and `?`. `library` is the one
    whose version the tag names (`version` says it where the tag does not), `lacks` what the
    stand-in does not have, and `environment` are variables for its containers.
    """

    repository: Sequence[str]
    tag: Sequence[str] = ("*",)
    account: Sequence[str] = (AMAZON,)
    region: Sequence[str] = ("*",)
    use: Sequence[str] = USES
    image: str = ""
    refusal: str = ""
    library: str = ""
    version: str = ""
    lacks: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def fits(self, image: EcrImage, use: Use) -> bool:
        """Return whether this entry decides about an image in this use."""
        return (
            use in self.use
            and _match_any(image.repository, self.repository)
            and _match_any(image.tag or "latest", self.tag)
            and _match_any(image.region, self.region)
            and any(_match_account(image.account, pattern) for pattern in self.account)
        )


@dataclass(frozen=True)
class ImageMap:
    """The entries in the order in which they are looked at."""

    entries: Sequence[MapEntry] = ()

    def find_entry(self, uri: str, use: Use) -> MapEntry | None:
        """Return the entry that decides about an image URI, None if no entry fits."""
        image = parse_ecr_image(uri)
        if image is None:
            return None
        return next((entry for entry in self.entries if entry.fits(image, use)), None)


def _match_any(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _match_account(account: str, pattern: str) -> bool:
    return account in _read_accounts() if pattern == AMAZON else fnmatchcase(account, pattern)


@cache
def _read_accounts() -> frozenset[str]:
    """Return the accounts that own Amazon's images (SageMaker Python SDK, `image_uri_config`)."""
    return frozenset(_ACCOUNTS.read_text(encoding="utf-8").split())
