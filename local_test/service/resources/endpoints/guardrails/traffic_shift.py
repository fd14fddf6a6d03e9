"""The traffic of an endpoint moves from its old fleet to a new one in steps, or back."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.deployment import Deployment
from local_test.service.resources.endpoints.guardrails.policy import DeploymentPolicy

_POLL_SECONDS = 0.5


class RollbackFailedError(LocalError):
    """Neither the new fleet nor the whole old one could be started."""


@dataclass(frozen=True)
class TrafficShift:
    """One deployment of an endpoint that serves.

    `blue` is the fleet that serves; waiting is done on the service's clock, and `stop` ends it.
    `report` receives the new fleet and the status of its variants.
    """

    backend: Backend
    region: str
    name: str
    policy: DeploymentPolicy
    deployment: Deployment
    blue: Sequence[Variant]
    stop: threading.Event
    report: Callable[[Sequence[Variant], str], None]
    roll_back: Callable[[str], None]

    def run(self) -> Sequence[Variant]:
        """Deploy the new fleet and return its variants, which then serve alone.

        Raises LocalError, ApiError or OSError when the old fleet serves again, with the reason, and
        RollbackFailedError when not all of it does.
        """
        begin = now()
        counts = [variant.count for variant in self.blue]
        green = self.deployment.prepare()
        shares = self.policy.list_shares(self.deployment.count_instances(green))
        try:
            self._check(begin)
            self.report(green, "Creating")
            for share in shares:
                self.deployment.grow(green, share if self.policy.rolling else 1.0)
                self.report(green, "ActivatingTraffic")
                self._split(green, share)
                if self.policy.rolling:
                    self._resize_blue([round(count * (1 - share)) for count in counts])
                self.report(green, "Baking")
                self._bake(begin)
        except (LocalError, ApiError, OSError) as error:
            if self.stop.is_set():
                for variant in green:
                    variant.close()
            else:
                self._roll_back(green, counts, str(error))
            raise
        self._split(green, 1.0)
        self._wait(self.policy.termination_seconds)
        for variant in self.backend.running_endpoints.switch(self.region, self.name, green):
            variant.close(self.stop)
        return green

    def _split(self, green: Sequence[Variant], share: float) -> None:
        fleets = [(share, green), (1 - share, self.blue)]
        self.backend.running_endpoints.split(self.region, self.name, fleets)

    def _bake(self, begin: float) -> None:
        """Wait after a step. Raises LocalError when an alarm goes off or the time is over."""
        self._check(begin)
        self._wait(self.policy.wait_seconds, lambda: self._check(begin))
        self._check(begin)

    def _wait(self, seconds: float, check: Callable[[], None] = lambda: None) -> None:
        end = now() + seconds
        while now() < end:
            if self.stop.wait(_POLL_SECONDS):
                raise LocalError("the local service ended during the deployment")
            check()

    def _check(self, begin: float) -> None:
        if now() - begin > self.policy.timeout_seconds:
            raise LocalError(
                f"The deployment took longer than {self.policy.timeout_seconds} s "
                "(MaximumExecutionTimeoutInSeconds)"
            )
        alarms = self.policy.alarms
        breached = self.backend.alarm_rounds.list_breaches(self.region, begin)
        if alarms:
            client = self.backend.moto_client("cloudwatch", self.region)
            found = client.describe_alarms(
                AlarmNames=list(alarms), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for alarm in (*found["MetricAlarms"], *found.get("CompositeAlarms", ())):
                if alarm["StateValue"] == "ALARM" or alarm["AlarmName"] in breached:
                    raise LocalError(f"The alarm {alarm['AlarmName']} went off in the deployment")

    def _roll_back(self, green: Sequence[Variant], counts: Sequence[int], reason: str) -> None:
        """Let the old fleet serve alone again, with as many instances as it had."""
        self.roll_back(reason)
        try:
            self._resize_blue(counts)
        except (LocalError, ApiError, OSError) as error:
            raise RollbackFailedError(
                f"{reason}; the old fleet is not complete: {error}"
            ) from error
        finally:
            self._split(green, 0.0)
            self.backend.running_endpoints.switch(self.region, self.name, self.blue)
            for variant in green:
                variant.close(self.stop)

    def _resize_blue(self, counts: Sequence[int]) -> None:
        for variant, count in zip(self.blue, counts, strict=True):
            self.deployment.reach(variant, count)
