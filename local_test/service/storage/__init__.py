"""State of the service: records of its resources, S3 objects, and the clients that reach them."""
