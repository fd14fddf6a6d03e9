"""One module a data set: it makes the files that notebooks read."""
