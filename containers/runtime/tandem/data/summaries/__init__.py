"""Mergeable summaries of a data set, one a column.

A summary depends on the rows alone: however they are split into parts, and in whatever order the
parts are merged, the same rows give the same summary, bit for bit. Up to a bound it is exact.
"""
