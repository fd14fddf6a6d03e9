"""The process engine: programs of this machine in place of containers."""
