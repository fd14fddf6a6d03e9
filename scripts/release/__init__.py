"""Release of images: check, push to a registry, and instructions for use."""
