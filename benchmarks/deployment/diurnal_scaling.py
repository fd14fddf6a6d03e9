"""24 hours of a diurnal traffic replayed on the service's clock: instances follow it.

Each minute gets a Poisson number of requests whose mean swings between night and day, with a burst
of ten minutes at noon. The requests are really answered; then the clock moves by a minute. Target
tracking starts and stops real containers. Thrash is an instance count that changes one way and
back within 15 minutes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.deployment.hosting import VARIANT, HostingService, host_models, invoke
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan

_ENDPOINT, _MINUTES, _MOST_INSTANCES = "day", 24 * 60, 4
_TARGET = 10.0
_NIGHT, _DAY, _BURST = 3.0, 30.0, 1.6
_THRASH_MINUTES = 15
_SEED = 22
_RESOURCE = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": f"endpoint/{_ENDPOINT}/variant/{VARIANT}",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@dataclass(frozen=True)
class Minute:
    """Requests of a minute, and the instances at its end."""

    requests: int
    instances: int

    @property
    def needed(self) -> int:
        """Instances that keep to the target, as many as there may be."""
        return min(max(math.ceil(self.requests / _TARGET), 1), _MOST_INSTANCES)


def draw_traffic(seed: int) -> list[int]:
    """Return the requests of each minute of a day that begins at midnight."""
    chance = Random(seed)  # noqa: S311
    counts = []
    for minute in range(_MINUTES):
        swing = (1 - math.cos(2 * math.pi * minute / _MINUTES)) / 2
        mean = _NIGHT + (_DAY - _NIGHT) * swing
        mean *= _BURST if 0 <= minute - _MINUTES // 2 < 10 else 1.0
        counts.append(_draw_poisson(chance, mean))
    return counts


def count_thrash(instances: Sequence[int]) -> int:
    """Return how often the count changes against its last change, within a quarter of an hour."""
    changes = [
        (minute, after - before)
        for minute, (before, after) in enumerate(itertools.pairwise(instances))
        if after != before
    ]
    return sum(
        one[1] * other[1] < 0 and other[0] - one[0] <= _THRASH_MINUTES
        for one, other in itertools.pairwise(changes)
    )


def _draw_poisson(chance: Random, mean: float) -> int:
    """Draw by Knuth's method."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def _replay(service: HostingService, counts: Sequence[int]) -> Iterator[Minute]:
    sagemaker, connection = service.clients.make("sagemaker"), service.connect()
    for count in counts:
        for _ in range(count):
            status, body = invoke(connection, _ENDPOINT)
            if status != 200:
                raise RuntimeError(f"a request was not answered: {status} {body}")
        service.advance(60)
        [variant] = sagemaker.describe_endpoint(EndpointName=_ENDPOINT)["ProductionVariants"]
        yield Minute(count, variant["CurrentInstanceCount"])
    connection.close()


def _measure(folder: Path) -> Figures:
    with TemporaryDirectory(dir=folder) as place, host_models(Path(place)) as service:
        service.add_models(1, "good")
        service.create_endpoint(_ENDPOINT, "good")
        scaling = service.clients.make("application-autoscaling")
        scaling.register_scalable_target(**_RESOURCE, MinCapacity=1, MaxCapacity=_MOST_INSTANCES)
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        scaling.put_scaling_policy(
            **_RESOURCE,
            PolicyName="track",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": _TARGET,
                "PredefinedMetricSpecification": metric,
            },
        )
        minutes = []
        for minute in _replay(service, draw_traffic(_SEED)):
            minutes.append(minute)
            if len(minutes) % 60 == 0:
                print(_describe_hour(len(minutes) // 60 - 1, minutes[-60:]), flush=True)
    return summarize(minutes)


def _describe_hour(hour: int, minutes: Sequence[Minute]) -> str:
    """Return a row of the table: the hour's requests a minute, and its instances as bars."""
    rate = sum(one.requests for one in minutes) / len(minutes)
    every = [one.instances for one in minutes]
    changes = sum(one != other for one, other in itertools.pairwise(every))
    bars = "".join(str(one) for one in every[::2])
    return f"  {hour:02d}:00 {rate:5.1f}/min  {bars}  {changes} changes"


def summarize(minutes: Sequence[Minute]) -> Figures:
    """Return what the day was like: changes, thrash, and how well the instances followed."""
    instances = [one.instances for one in minutes]
    changes = sum(one != other for one, other in itertools.pairwise(instances))
    return {
        "requests": float(sum(one.requests for one in minutes)),
        "least_instances": float(min(instances)),
        "most_instances": float(max(instances)),
        "changes": float(changes),
        "thrash": float(count_thrash(instances)),
        "short_percent": 100 * sum(one.instances < one.needed for one in minutes) / len(minutes),
        "instance_hours": sum(instances) / 60,
        "needed_hours": sum(one.needed for one in minutes) / 60,
    }


def _prepare(folder: Path) -> Plan:
    goals = [
        Goal("diurnal_changes", "changes", "target tracking", most=24.0),
        Goal("diurnal_thrash", "thrash", "target tracking", most=2.0),
        Goal("diurnal_most_instances", "most_instances", "target tracking", least=_MOST_INSTANCES),
    ]
    about = {"target": _TARGET, "night": _NIGHT, "day": _DAY, "seed": _SEED}
    return Plan(
        [Candidate("target tracking", partial(_measure, folder.resolve()))], goals, 1, about
    )


BENCHMARK = Benchmark(
    "diurnal", "24 hours of traffic on the moved clock, followed by instances", _prepare, slow=True
)
