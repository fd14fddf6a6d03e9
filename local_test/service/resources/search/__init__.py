"""Search over all resources of the service, and suggestions of property names."""
