"""The processors and the memory of this container."""
