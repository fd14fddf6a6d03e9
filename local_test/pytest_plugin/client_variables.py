"""The environment variables of AWS clients, while a service of the tests runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_test import settings
from local_test.client_environment import variables
from local_test.client_environment.profiles import make_profiles, read_profile_regions
from local_test.client_environment.sdk_settings import write_sdk_settings


@contextmanager
def set_client_variables(url: str, region: str, bucket: str, folder: Path) -> Iterator[None]:
    """Context manager: point the AWS clients of this process and its children at a service.

    Variables, profiles and the default session of boto3 are the caller's again at the end. The
    files that clients read lie in `folder`.
    """
    import boto3  # type: ignore[import-untyped]

    caller = settings.read_environment()
    bypass = variables.join_no_proxy(caller)
    profiles = make_profiles(url, read_profile_regions(caller, region))
    made = {
        **variables.make_client_variables(
            url, region, write_sdk_settings(folder / "sdk.yaml", bucket)
        ),
        **profiles.write(folder),
        "NO_PROXY": bypass,
        "no_proxy": bypass,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(variables.is_stale, caller):
            patch.delenv(name)
        for name, value in made.items():
            patch.setenv(name, value)
        # boto3 keeps one session with its credentials for all clients made without one.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield
