"""Both images in a row, and whole data sets sent through them."""
