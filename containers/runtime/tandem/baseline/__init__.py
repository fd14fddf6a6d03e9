"""Model Monitor's baseline: statistics and constraints of a data set."""
