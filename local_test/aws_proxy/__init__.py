"""A loopback proxy that sends requests for AWS host names to the local service."""

from local_test.aws_proxy.certificate_authority import CertificateAuthority, open_authority
from local_test.aws_proxy.destinations import Destinations, UpstreamProxy
from local_test.aws_proxy.server import serve_proxy

__all__ = ["CertificateAuthority", "Destinations", "UpstreamProxy", "open_authority", "serve_proxy"]
