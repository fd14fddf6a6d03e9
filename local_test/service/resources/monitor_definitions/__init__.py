"""Job definitions of monitors: what a schedule runs on the data of an endpoint or of transforms."""
