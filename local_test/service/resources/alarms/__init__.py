"""CloudWatch alarms: moto keeps them; their states are computed, and their actions done, here."""
