"""The certificates that clients trust: those they trusted before, and the AWS proxy's."""

from collections.abc import Mapping
from pathlib import Path

import certifi

from local_test.errors import UserError

VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
"""Variables that replace a client's certificates: botocore, requests, OpenSSL and curl."""


def write_bundle(path: Path, caller: Mapping[str, str], authority: bytes) -> Path:
    """Write the certificates of the caller's clients and an authority's (PEM); return the path.

    Raises UserError when a file that the caller's variables name cannot be read.
    """
    files = [Path(certifi.where())]
    for variable in VARIABLES:
        named = Path(caller.get(variable, ""))
        if named.is_file() and named not in files:
            files.append(named)
    parts = [authority]
    for file in files:
        try:
            parts.append(file.read_bytes().rstrip() + b"\n")
        except OSError as error:
            raise UserError(
                f"certificates cannot be read: {file}: {error.strerror}",
                f"unset the variable that names it ({', '.join(VARIABLES)})",
            ) from error
    path.write_bytes(b"".join(parts))
    return path
