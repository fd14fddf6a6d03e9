"""`/console/experiments`: experiments, their runs side by side, and what differs between two."""
