"""Script mode: a user's program trains; its functions serve through `serving/script_service`.

The conventions are those of Amazon's script-mode containers (Training Toolkit, scikit-learn
container), so that a script written for them runs unchanged.
"""
