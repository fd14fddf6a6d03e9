"""Custom transformers: loaded from the job's code, verified at the fit, served from that code.

They run as they are, through scikit-learn; the code goes into the artifact as `code/`.
"""

from __future__ import annotations
