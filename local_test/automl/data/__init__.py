"""The data of a search: cells, columns, problem type, metrics, leaks and parts."""
