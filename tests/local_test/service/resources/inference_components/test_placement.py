"""Whether copies fit onto instances, and what an instance type has."""

from __future__ import annotations

import pytest

from local_test.errors import UserError
from local_test.service.resources.inference_components.instance_capacity import (
    Capacity,
    find_capacity,
)
from local_test.service.resources.inference_components.placement import (
    Copies,
    HostVariant,
    place_copies,
)

LARGE = Capacity(cpus=2, memory=8192)


@pytest.mark.parametrize(
    ("name", "capacity"),
    [
        ("ml.m5.large", LARGE),
        ("ml.c6i.4xlarge", Capacity(16, 32 * 1024)),
        ("ml.r7gd.medium", Capacity(1, 8 * 1024)),
        ("ml.g5.12xlarge", Capacity(48, 192 * 1024, 4)),
        ("ml.p6e-gb200.36xlarge", None),
    ],
)
def test_the_name_of_an_instance_type_says_what_it_has(
    name: str, capacity: Capacity | None
) -> None:
    assert find_capacity(name) == capacity


def host(least: int, most: int, capacity: Capacity | None = LARGE) -> HostVariant:
    return HostVariant("ml.m5.large", capacity, least, most)


def test_copies_share_instances_until_one_is_full() -> None:
    small = Copies("small", 3, Capacity(cpus=0.5, memory=1024))
    half = Copies("half", 2, Capacity(cpus=1, memory=4096))
    assert place_copies(host(1, 3), [small]) == 1
    assert place_copies(host(1, 3), [small, half]) == 2  # 3.5 of 2 x 2 vCPUs
    assert place_copies(host(3, 3), [small]) == 3
    assert place_copies(host(0, 3), []) == 0
    assert place_copies(host(1, 1, None), [half, half]) == 1


def test_copies_that_do_not_fit_are_refused() -> None:
    half = Copies("half", 3, Capacity(cpus=1, memory=4096))
    with pytest.raises(UserError, match=r"need 2 instances ml\.m5\.large, and .* at most 1"):
        place_copies(host(1, 1), [half])
    with pytest.raises(UserError, match=r"component big needs .* 1 accelerators, and an instance"):
        place_copies(host(1, 9), [half, Copies("big", 1, Capacity(1, 1024, 1))])
