"""The certificate authority is kept private, renewed, and certifies AWS hosts only."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path

import pytest

from local_test.aws_proxy.certificate_authority import (
    CertificateAuthority,
    make_authority,
    open_authority,
)
from local_test.errors import UserError

FILE = "certificate-authority.pem"


def shake_hands(authority: CertificateAuthority, host: str) -> None:
    """Connect to a server of this name with a client that trusts the authority alone."""
    context = ssl.create_default_context(cadata=authority.certificate.decode())
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            authority.make_context(host).wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with here, context.wrap_socket(here, server_hostname=host):
            pass
    finally:
        thread.join()


def test_the_authority_is_kept_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = open_authority(tmp_path / "proxy")
    assert open_authority(tmp_path / "proxy").certificate == first.certificate
    assert (tmp_path / "proxy" / FILE).stat().st_mode & 0o777 == 0o600


def test_an_expired_authority_is_renewed(tmp_path: Path) -> None:
    old = make_authority(dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))
    old.write(tmp_path / FILE)
    new = open_authority(tmp_path)
    assert new.certificate != old.certificate
    shake_hands(new, "sts.amazonaws.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(old, "sts.amazonaws.com")


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n"])
def test_an_unreadable_authority_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UserError, match=rf"cannot be read: .*{FILE}; remove the file"):
        open_authority(tmp_path)


def test_a_key_of_another_authority_is_refused(tmp_path: Path) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=99)
    make_authority(soon).write(tmp_path / FILE)
    key = (tmp_path / FILE).read_bytes().split(b"-----BEGIN CERTIFICATE")[0]
    (tmp_path / FILE).write_bytes(key + make_authority(soon).certificate)
    with pytest.raises(UserError, match="cannot be read"):
        open_authority(tmp_path)


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        open_authority(tmp_path)


@pytest.mark.parametrize("host", ["my.bucket.s3.eu-west-1.amazonaws.com", "x.api.aws"])
def test_clients_trust_an_aws_host(tmp_path: Path, host: str) -> None:
    shake_hands(open_authority(tmp_path), host)


def test_clients_do_not_trust_another_host(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(open_authority(tmp_path), "example.org")
