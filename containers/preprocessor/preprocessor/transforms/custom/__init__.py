"""Transformers of the user's own: found in the job's code, proven at the fit, served from it.

They run as they are, through scikit-learn; the code goes into the artifact as `code/`.
"""

from __future__ import annotations
