"""Several hosts train one model: XGBoost's own collective, joined and left in an orderly way.

(Developer Guide, "Use Your Own Training Algorithms", distributed training: the hosts stand in
`resourceconfig.json`, the first of them in sorted order leads.)
"""

from booster.cluster.beacon import Light
from booster.cluster.census import NO_ROWS, TRAINING_PORT, Census, Shard, present, take
from booster.cluster.group import ALONE, Group, joined

__all__ = [
    "ALONE",
    "NO_ROWS",
    "TRAINING_PORT",
    "Census",
    "Group",
    "Light",
    "Shard",
    "joined",
    "present",
    "take",
]
