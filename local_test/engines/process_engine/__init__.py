"""The process engine: programs of this machine instead of containers."""
