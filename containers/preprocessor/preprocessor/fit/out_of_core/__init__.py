"""Fitting in parts: rows that are more than memory holds, or that lie on several hosts.

Each part is summed up (`tandem.data.summaries`), the sums are put together by Dask, and the
transform is fitted from them. What cannot be fitted from sums is given its rows, within a bound.
"""
