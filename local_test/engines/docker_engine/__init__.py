"""The Docker engine: containers of real images, run through the Docker SDK."""
