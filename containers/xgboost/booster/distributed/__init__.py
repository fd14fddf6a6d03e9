"""Several hosts train one model: XGBoost's own collective, joined and left in an orderly way.

(Developer Guide, "Use Your Own Training Algorithms", distributed training: the hosts stand in
`resourceconfig.json`, the first of them in sorted order leads.)
"""

from booster.distributed.host_group import ALONE, Group, joined
from booster.distributed.liveness import Light
from booster.distributed.row_counts import NO_ROWS, TRAINING_PORT, Census, Shard, present, take

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
