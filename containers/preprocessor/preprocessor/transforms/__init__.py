"""Column transforms: steps and their options, estimators, and the kernels of both."""
