"""Local images for the image URIs of requests: by name, or as stand-ins of Amazon's images."""
