"""Several hosts training one model: XGBoost's collective, liveness, row counts and columns.

Source: Developer Guide, "Use Your Own Training Algorithms", distributed training: the hosts are
listed in `resourceconfig.json`, and the first of them in sorted order leads.
"""
