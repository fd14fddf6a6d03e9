"""A certificate authority of this machine: it may certify AWS host names and nothing else.

Its key and certificate are one file, readable by its owner only. Name constraints limit the damage
that a stolen key can do. Source: RFC 5280, sections 4.2.1.6 (alternative names) and 4.2.1.10.
"""

import datetime as dt
import fcntl
import ssl
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local_test.errors import UserError
from local_test.platform.aws_hosts import SUFFIXES
from local_test.service.storage.state.files import make_folder, open_private

_FILE = "certificate-authority.pem"
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local-sagemaker AWS proxy")])
_LIFETIME = dt.timedelta(days=365)
_SHORTEST = dt.timedelta(days=7)  # a run may last that long
_MARGIN = dt.timedelta(hours=1)  # for clocks that differ
_CACHE_SIZE = 1024  # hosts
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class CertificateAuthority:
    """Key and certificate of an authority; makes a certificate for each host. Thread-safe."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def certificate(self) -> bytes:
        """The authority's certificate, as PEM."""
        return self._certificate.public_bytes(Encoding.PEM)

    @property
    def expires(self) -> dt.datetime:
        """The end of its validity, in UTC."""
        return self._certificate.not_valid_after_utc

    def write(self, path: Path) -> None:
        """Write key and certificate to a file of their owner, atomically."""
        temporary = path.with_suffix(".new")
        with open_private(temporary, "wb") as file:
            file.write(_encode_key(self._key) + self.certificate)
        temporary.replace(path)

    def make_context(self, host: str) -> ssl.SSLContext:
        """Return the TLS settings of a server of this name."""
        with self._lock:
            if host not in self._contexts:
                if len(self._contexts) >= _CACHE_SIZE:
                    self._contexts.clear()
                self._contexts[host] = self._certify(host)
            return self._contexts[host]

    def _certify(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _start_certificate(key, x509.Name([]), _NAME, self.expires)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_make_key_usage("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile() as file:  # the ssl module reads files only
            file.write(_encode_key(key) + certificate.public_bytes(Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def open_authority(folder: Path) -> CertificateAuthority:
    """Return the authority that a folder keeps, made anew where it is missing or has expired.

    Raises UserError when its file cannot be read.
    """
    path = make_folder(folder) / _FILE
    with open_private(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs may want it at once
        if path.exists():
            authority = _read_authority(path)
            if authority.expires - dt.datetime.now(dt.UTC) > _SHORTEST:
                return authority
        authority = make_authority(dt.datetime.now(dt.UTC) + _LIFETIME)
        authority.write(path)
        return authority


def make_authority(expires: dt.datetime) -> CertificateAuthority:
    """Return a new authority that is valid until `expires`, in UTC."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(suffix) for suffix in SUFFIXES]
    builder = (
        _start_certificate(key, _NAME, _NAME, expires)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_make_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints(names, None), critical=True)
    )
    return CertificateAuthority(key, builder.sign(key, hashes.SHA256()))


def _read_authority(path: Path) -> CertificateAuthority:
    try:
        content = path.read_bytes()
        key = load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (OSError, ValueError, TypeError) as error:
        raise _make_unreadable_error(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != certificate.public_key()
    ):
        raise _make_unreadable_error(path)
    return CertificateAuthority(key, certificate)


def _make_unreadable_error(path: Path) -> UserError:
    return UserError(
        f"the certificate authority of the AWS proxy cannot be read: {path}",
        "remove the file, and the next run makes a new one",
    )


def _start_certificate(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    expires: dt.datetime,
) -> x509.CertificateBuilder:
    start = min(dt.datetime.now(dt.UTC), expires) - _MARGIN
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(expires)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _make_key_usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _encode_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
