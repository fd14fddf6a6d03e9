"""The data set of a job, read in parts: files of every format to cells of columns, as texts."""
