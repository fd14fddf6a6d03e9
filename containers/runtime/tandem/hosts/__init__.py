"""Work that several hosts of a job do together by Dask: a task on each, and one merged result."""
