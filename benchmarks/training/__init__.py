"""Training and fitting in one container: peak memory and time."""
