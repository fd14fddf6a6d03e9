"""What a data set holds, column by column, in a form whose parts can be put together.

A summary hangs on the rows alone: however they are dealt out to parts, and in whatever order the
parts are merged, the same rows give the same summary, bit for bit. Up to a bound it is exact.
"""
