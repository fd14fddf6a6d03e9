"""Environment variables of AWS clients: those to set, and those of the caller to leave out."""

from collections.abc import Mapping
from pathlib import Path

from local_test.client_environment.account import ACCESS_KEY, ACCOUNT, SECRET_KEY
from local_test.client_environment.ca_bundle import VARIABLES

# What does not choose an account, an address or a credential stays.
_KEPT = {
    "AWS_CLI_AUTO_PROMPT",
    "AWS_CLI_FILE_ENCODING",
    "AWS_DEFAULT_OUTPUT",
    "AWS_MAX_ATTEMPTS",
    "AWS_PAGER",
    "AWS_RETRY_MODE",
}
_SAGEMAKER = ("SAGEMAKER_ADMIN_CONFIG_OVERRIDE", "SAGEMAKER_USER_CONFIG_OVERRIDE")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY")


def make_client_variables(url: str, region: str, sdk_settings: Path) -> dict[str, str]:
    """Return the variables by which AWS clients use the service at `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": url,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(sdk_settings),
    }


def make_proxy_variables(proxy: str, bundle: Path, authority: Path) -> dict[str, str]:
    """Return the variables by which HTTP clients use the AWS proxy and trust it.

    `bundle` has all certificates that clients trust, `authority` the proxy's alone. Programs read
    upper- or lower-case names of proxies. Only this machine is reached without the proxy: a list of
    the caller's could lead to AWS.
    """
    variables = dict.fromkeys(VARIABLES, str(bundle))
    variables["NODE_EXTRA_CA_CERTS"] = str(authority)
    bypass = ",".join(_LOOPBACK)
    for name, value in (*((name, proxy) for name in _PROXIES), ("NO_PROXY", bypass)):
        variables |= {name: value, name.lower(): value}
    return variables


def join_no_proxy(caller: Mapping[str, str]) -> str:
    """Return the hosts that need no proxy: this machine, and those of the caller."""
    hosts = [host.strip() for host in read_no_proxy(caller).split(",") if host.strip()]
    return ",".join(dict.fromkeys((*_LOOPBACK, *hosts)))


def read_no_proxy(caller: Mapping[str, str]) -> str:
    """Return the caller's list of hosts that need no proxy."""
    return caller.get("no_proxy") or caller.get("NO_PROXY") or ""


def read_network_proxy(caller: Mapping[str, str]) -> str:
    """Return the caller's own proxy of the network, empty without one."""
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy")
    return next((caller[name] for name in names if caller.get(name)), "")


def remove_stale(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's variables without those that would lead a client to another account."""
    return {name: value for name, value in caller.items() if not is_stale(name)}


def is_stale(name: str) -> bool:
    """Return whether a variable could lead an AWS client elsewhere."""
    aws = name.startswith("AWS_") and name not in _KEPT
    return aws or name in _SAGEMAKER or name.upper() == "ALL_PROXY"
