"""A client's variables lead to the local service, and nothing of the caller's leads elsewhere."""

from __future__ import annotations

from pathlib import Path

from local_test.client_environment import variables


def test_variables_that_choose_an_account_are_removed() -> None:
    caller = {
        "AWS_PROFILE": "company",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.test",
        "AWS_ROLE_ARN": "arn",
        "all_proxy": "socks5://proxy.test",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": "/etc/company.yaml",
        "AWS_PAGER": "",
        "AWS_RETRY_MODE": "standard",
        "PATH": "/bin",
    }
    kept = variables.remove_stale(caller)
    assert kept == {"AWS_PAGER": "", "AWS_RETRY_MODE": "standard", "PATH": "/bin"}


def test_only_this_machine_is_reached_without_the_proxy() -> None:
    made = variables.make_proxy_variables(
        "http://127.0.0.1:1", Path("/folder/all.pem"), Path("/folder/ours.pem")
    )
    assert made["NO_PROXY"] == made["no_proxy"] == "127.0.0.1,localhost,::1"
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        assert made[name] == "http://127.0.0.1:1"
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        assert made[name] == "/folder/all.pem"
    assert made["NODE_EXTRA_CA_CERTS"] == "/folder/ours.pem"


def test_the_callers_hosts_without_proxy_are_kept_beside_loopback() -> None:
    assert variables.join_no_proxy({}) == "127.0.0.1,localhost,::1"
    joined = variables.join_no_proxy({"NO_PROXY": "x", "no_proxy": "a.test, localhost,"})
    assert joined == "127.0.0.1,localhost,::1,a.test"


def test_the_callers_own_proxy_is_found() -> None:
    assert variables.read_network_proxy({}) == ""
    caller = {"HTTP_PROXY": "http://ignored", "HTTPS_PROXY": "http://a", "https_proxy": "http://b"}
    assert variables.read_network_proxy(caller) == "http://b"
