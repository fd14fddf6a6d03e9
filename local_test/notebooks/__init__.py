"""Jupyter notebooks, run from the first to the last cell as Jupyter runs them."""
