"""Several hosts train one model: XGBoost's own collective, joined and left in an orderly way.

(Developer Guide, "Use Your Own Training Algorithms", distributed training: the hosts stand in
`resourceconfig.json`, the first of them in sorted order leads.)
"""

from booster.cluster.census import TRAINING_PORT, Census, take
from booster.cluster.group import ALONE, Group, joined

__all__ = ["ALONE", "TRAINING_PORT", "Census", "Group", "joined", "take"]
