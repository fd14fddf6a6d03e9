"""The container images: their base, their build and what is installed in them."""
