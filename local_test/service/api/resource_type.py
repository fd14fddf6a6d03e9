"""The resource types of SageMaker: their fields, ARNs and error messages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import ApiError, in_use, invalid
from local_test.service.clock import SERVICE_CLOCK

ACCOUNT = "123456789012"
"""The account of every key that is no key of another one; moto says the same."""


@dataclass(frozen=True)
class ResourceType:
    """A type of resources: the names of its fields, its ARNs and its error messages.

    `kind` is the API's name (TrainingJob), `path` the ARN's (training-job), `list_field` the field
    with the summaries in the response of List, `label` the name in messages. Summaries are sorted
    by age in `default_order`. `is_job`: it is work with an end, and has the error messages of jobs.
    `tagged` resources can have tags; the console's overview lists the `shown` ones.
    `on_failure(record, reason, time)` returns the changes of a record whose work failed at a time
    (seconds since 1970); without it these are status, reason and time. `find_key(record)` returns
    the name that a record is kept under; without it this is the name field. `is_entity`: it belongs
    to an experiment, and has the error messages of experiments.
    """

    kind: str
    path: str
    list_field: str
    label: str
    is_job: bool = False
    default_order: str = "Descending"
    tagged: bool = True
    shown: bool = False
    on_failure: Callable[[dict[str, Any], str, float], dict[str, Any]] | None = None
    find_key: Callable[[dict[str, Any]], str] | None = None
    is_entity: bool = False

    @property
    def name_field(self) -> str:
        """The name of the field with its name."""
        return f"{self.kind}Name"

    @property
    def arn_field(self) -> str:
        """The name of the field with its ARN."""
        return f"{self.kind}Arn"

    @property
    def status_field(self) -> str:
        """The name of the field with its status, if it has one."""
        return f"{self.kind}Status"

    def key_of(self, record: dict[str, Any]) -> str:
        """Return the name that a record is kept under."""
        return str(record[self.name_field] if self.find_key is None else self.find_key(record))

    def make_arn(self, region: str, name: str) -> str:
        """Return the ARN of a resource."""
        return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{self.path}/{name.lower()}"

    def work_key(self, region: str, name: str) -> str:
        """Return the key of a resource's work among the threads."""
        return f"{self.path} {region} {name}"

    def describe_failure(self, record: dict[str, Any], reason: str, time: float) -> dict[str, Any]:
        """Return the changes of a record whose work failed; `time` is in seconds since 1970."""
        if self.on_failure is not None:
            return self.on_failure(record, reason, time)
        return {self.status_field: "Failed", "FailureReason": reason, "LastModifiedTime": time}

    def not_found_error(self, region: str, name: str) -> ApiError:
        """Return the service's error for a name without a resource."""
        if self.is_job:
            return invalid("Requested resource not found.")
        if self.is_entity:
            what = f"{self.kind} {name!r} does not exist"
            return ApiError("ResourceNotFound", f"{what}: {self.make_arn(region, name)}.")
        return invalid(f'Could not find {self.label} "{self.make_arn(region, name)}".')

    def name_taken_error(self, region: str, name: str) -> ApiError:
        """Return the service's error for a name that another resource has."""
        arn = self.make_arn(region, name)
        if self.is_job:
            return in_use(f"There is already a {self.label} with this name ({arn}).")
        if self.is_entity:
            return invalid(f"{self.kind} with name ({name}) already exists: {arn}.")
        return invalid(f'Cannot create already existing {self.label} "{arn}".')


def start_record(
    resource: ResourceType, region: str, request: dict[str, Any], time: float
) -> dict[str, Any]:
    """Return a new record: the fields of the request, the ARN and the time (seconds since 1970)."""
    arn = resource.make_arn(region, request[resource.name_field])
    return dict(request) | {resource.arn_field: arn, "CreationTime": time, "LastModifiedTime": time}


def now() -> float:
    """Return the service's time as the API has it: seconds since 1970, to the millisecond."""
    return round(SERVICE_CLOCK.read(), 3)
