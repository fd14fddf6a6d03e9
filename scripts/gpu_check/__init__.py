"""Train and serve on a GPU, beside the CPU, on a machine that has one."""
