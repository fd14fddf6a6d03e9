"""The kinds of thing a client makes: how each is named, listed and missed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import ApiError, in_use, invalid

ACCOUNT = "123456789012"
"""The account of every key that is no key of another one; moto says the same."""


@dataclass(frozen=True)
class ResourceType:
    """One kind; `path` stands in its ARNs, `listed` over its lists, by age in `order`.

    `tagged` kinds can have tags. `on_failure` returns the changes of a record whose work failed, of
    the record, the reason and the time in seconds since 1970; without it, status, reason and time.
    """

    kind: str
    path: str
    list_field: str
    label: str
    is_job: bool = False
    default_order: str = "Descending"
    tagged: bool = True
    on_failure: Callable[[dict[str, Any], str, float], dict[str, Any]] | None = None

    @property
    def name_field(self) -> str:
        """The field with its name."""
        return f"{self.kind}Name"

    @property
    def arn_field(self) -> str:
        """The field with its ARN."""
        return f"{self.kind}Arn"

    @property
    def status_field(self) -> str:
        """The field with its status, where it has one."""
        return f"{self.kind}Status"

    def make_arn(self, region: str, name: str) -> str:
        """Return the ARN of one of these."""
        return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{self.path}/{name.lower()}"

    def work_key(self, region: str, name: str) -> str:
        """Name the work of one of these among the threads."""
        return f"{self.path} {region} {name}"

    def describe_failure(self, record: dict[str, Any], reason: str, time: float) -> dict[str, Any]:
        """Return the changes of a record whose work failed; `time` is in seconds since 1970."""
        if self.on_failure is not None:
            return self.on_failure(record, reason, time)
        return {self.status_field: "Failed", "FailureReason": reason, "LastModifiedTime": time}

    def not_found_error(self, region: str, name: str) -> ApiError:
        """Say that there is none of this name, as the service says it."""
        if self.is_job:
            return invalid("Requested resource not found.")
        return invalid(f'Could not find {self.label} "{self.make_arn(region, name)}".')

    def name_taken_error(self, region: str, name: str) -> ApiError:
        """Say that the name is taken, as the service says it."""
        arn = self.make_arn(region, name)
        if self.is_job:
            return in_use(f"There is already a {self.label} with this name ({arn}).")
        return invalid(f'Cannot create already existing {self.label} "{arn}".')


def start_record(
    resource: ResourceType, region: str, request: dict[str, Any], time: float
) -> dict[str, Any]:
    """Begin a record with the request, the ARN and the time."""
    arn = resource.make_arn(region, request[resource.name_field])
    return dict(request) | {resource.arn_field: arn, "CreationTime": time, "LastModifiedTime": time}


def now() -> float:
    """Return the time as the API gives it: seconds since 1970, to the millisecond."""
    return round(time.time(), 3)
