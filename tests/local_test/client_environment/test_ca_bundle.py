"""Clients go on trusting what they trusted, and trust the AWS proxy too."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from local_test.client_environment.ca_bundle import write_bundle
from local_test.errors import UserError

OURS = b"-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n"


def test_the_bundle_has_the_public_the_callers_and_our_certificates(tmp_path: Path) -> None:
    (tmp_path / "company.pem").write_bytes(b"company")
    caller = {
        "REQUESTS_CA_BUNDLE": str(tmp_path / "company.pem"),
        "SSL_CERT_FILE": str(tmp_path / "company.pem"),
        "CURL_CA_BUNDLE": str(tmp_path / "missing.pem"),
    }
    written = write_bundle(tmp_path / "bundle.pem", caller, OURS).read_bytes()
    assert written.startswith(OURS)
    assert written.count(b"company") == Path(certifi.where()).read_bytes().count(b"company") + 1
    assert Path(certifi.where()).read_bytes().strip() in written


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    named = tmp_path / "gone.pem"
    named.symlink_to("/proc/self/mem")  # opens, and every read of its first page fails
    with pytest.raises(UserError, match=r"certificates cannot be read: .*gone\.pem"):
        write_bundle(tmp_path / "bundle.pem", {"AWS_CA_BUNDLE": str(named)}, OURS)
