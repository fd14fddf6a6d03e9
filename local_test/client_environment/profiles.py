"""AWS profiles: files `config` and `credentials` that lead clients to the local service.

Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_test.client_environment.account import ACCESS_KEY, SECRET_KEY

_CONFIG, _CREDENTIALS = "config", "credentials"
_DEFAULT = "default"


@dataclass(frozen=True)
class ProfileFiles:
    """The texts of the two files."""

    config: str
    credentials: str

    def write(self, folder: Path) -> dict[str, str]:
        """Write both files; return the variables that name them."""
        names = {}
        for variable, name, text in (
            ("AWS_CONFIG_FILE", _CONFIG, self.config),
            ("AWS_SHARED_CREDENTIALS_FILE", _CREDENTIALS, self.credentials),
        ):
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            names[variable] = str(path.absolute())
        return names


def make_profiles(url: str, regions: Mapping[str, str]) -> ProfileFiles:
    """Return the files for profiles by name, each with its region."""
    config, credentials = [], []
    for name, region in regions.items():
        heading = name if name == _DEFAULT else f"profile {name}"
        config.append(f"[{heading}]\nendpoint_url = {url}\nregion = {region}\n")
        credentials.append(
            f"[{name}]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        )
    return ProfileFiles("\n".join(config), "\n".join(credentials))


def read_profile_regions(caller: Mapping[str, str], region: str) -> dict[str, str]:
    """Return the regions of the caller's own profiles by name; `region` where one has none.

    Files that cannot be read count as empty: none of their keys are wanted.
    """
    home = Path(caller.get("HOME", "/")) / ".aws"
    regions = {_DEFAULT: region}
    for variable, name in (
        ("AWS_CONFIG_FILE", _CONFIG),
        ("AWS_SHARED_CREDENTIALS_FILE", _CREDENTIALS),
    ):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(caller.get(variable) or home / name, encoding="utf-8")
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        for section in parser.sections():
            profile = section.removeprefix("profile ").strip().strip("'\"")
            if profile != _DEFAULT and not section.startswith(("sso-session ", "services ")):
                regions.setdefault(profile, region)
                if parser.has_option(section, "region"):
                    regions[profile] = parser.get(section, "region")
    return regions
