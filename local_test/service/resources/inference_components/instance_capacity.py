"""What an instance type offers to inference components: vCPUs, memory and accelerators.

The API does not describe instance types. The name does, in the families without accelerators: the
size says how many vCPUs there are, and the family how much memory comes with each. The types with
accelerators are listed. Source: Amazon EC2 User Guide, 'Instance types' (specifications).
"""

import re
from dataclasses import dataclass

_MEBIBYTES = 1024
_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8, "t": 4}
_VCPUS = {"medium": 1, "large": 2, "xlarge": 4}
_PLAIN = re.compile(r"ml\.([cmrt])\d+[a-z]*\.(\d*)(medium|large|xlarge)")
_ACCELERATED = {
    # name: vCPUs for each size in units of xlarge, GiB, accelerators
    **{
        f"ml.{family}.{size}": values
        for family in ("g4dn", "g5", "g6")
        for size, values in {
            "xlarge": (4, 16, 1),
            "2xlarge": (8, 32, 1),
            "4xlarge": (16, 64, 1),
            "8xlarge": (32, 128, 1),
            "12xlarge": (48, 192, 4),
        }.items()
    },
    "ml.g4dn.16xlarge": (64, 256, 1),
    "ml.g5.16xlarge": (64, 256, 1),
    "ml.g6.16xlarge": (64, 256, 1),
    "ml.g5.24xlarge": (96, 384, 4),
    "ml.g6.24xlarge": (96, 384, 4),
    "ml.g5.48xlarge": (192, 768, 8),
    "ml.g6.48xlarge": (192, 768, 8),
    "ml.p3.2xlarge": (8, 61, 1),
    "ml.p3.8xlarge": (32, 244, 4),
    "ml.p3.16xlarge": (64, 488, 8),
    "ml.p4d.24xlarge": (96, 1152, 8),
    "ml.p5.48xlarge": (192, 2048, 8),
    "ml.inf2.xlarge": (4, 16, 1),
    "ml.inf2.8xlarge": (32, 128, 1),
    "ml.inf2.24xlarge": (96, 384, 6),
    "ml.inf2.48xlarge": (192, 768, 12),
}


@dataclass(frozen=True)
class Capacity:
    """What an instance has, or a copy needs: vCPUs, memory in MiB, and accelerators."""

    cpus: float = 0.0
    memory: float = 0.0
    accelerators: float = 0.0

    def __sub__(self, other: "Capacity") -> "Capacity":
        return Capacity(
            self.cpus - other.cpus,
            self.memory - other.memory,
            self.accelerators - other.accelerators,
        )

    def covers(self, other: "Capacity") -> bool:
        """Return True if it is enough for `other`."""
        left = self - other
        return min(left.cpus, left.memory, left.accelerators) >= 0

    def __str__(self) -> str:
        return (
            f"{self.cpus:g} vCPUs, {self.memory:g} MiB of memory and {self.accelerators:g} "
            "accelerators"
        )


def find_capacity(instance_type: str) -> Capacity | None:
    """Return the capacity of an instance type, None where its name does not say."""
    if instance_type in _ACCELERATED:
        cpus, gibibytes, accelerators = _ACCELERATED[instance_type]
        return Capacity(cpus, gibibytes * _MEBIBYTES, accelerators)
    match = _PLAIN.fullmatch(instance_type)
    if match is None:
        return None
    family, factor, size = match.groups()
    count = _VCPUS[size] * int(factor or 1)
    return Capacity(count, count * _GIB_PER_VCPU[family] * _MEBIBYTES)
